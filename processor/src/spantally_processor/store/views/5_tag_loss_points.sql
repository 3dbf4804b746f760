-- Where a tag was lost on the way to the calls of a period: tag_loss_points(from = '2026-11-01', to = '2026-11-02').
-- A span carries the tag, the span below it does not, nor does any span from there down to the call. A call that
-- begins a trace of its own has lost what other spans of its service in these traces carry. The steps of all
-- traces with calls in the period are read, one level of the traces after another.
create or replace view tag_loss_points
(
    tenant         LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    tag            LowCardinality(String) comment 'that is gone',
    kind           LowCardinality(String) comment 'service: on the way to another service; span: inside one; trace: the context did not arrive at all',
    above_service  LowCardinality(String) comment 'that still carries the tag',
    above_span     LowCardinality(String) comment 'name of the last span that does; empty for kind trace',
    below_service  LowCardinality(String) comment 'where it is gone',
    below_span     LowCardinality(String) comment 'name of the first span without it',
    calls          UInt64 comment 'behind this point, without the tag',
    cost           Nullable(Decimal(38, 18)) comment 'USD, of those calls as far as known; null when not one is known',
    unpriced_calls UInt64 comment 'whose cost is unknown; not in cost'
)
as with recursive
    call as
    (
        select tenant, trace_id, span_id, cost
        from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
        where pricing_status != 'not_billed'
    ),
    step as
    (
        select tenant, trace_id, span_id, parent_span_id, service, name, tag_keys
        from trace_steps final
        where (tenant, trace_id) in (select tenant, trace_id from call)
    ),
    lost as
    (
        select
            below.tenant as tenant,
            below.trace_id as trace_id,
            below.span_id as span_id,
            arrayJoin(arrayFilter(key -> not has(below.tag_keys, key), above.tag_keys)) as tag,
            above.service as above_service,
            above.name as above_span,
            below.service as below_service,
            below.name as below_span
        from step as below
        inner join step as above
            on above.tenant = below.tenant and above.trace_id = below.trace_id and above.span_id = below.parent_span_id
        union all
        select
            lost.tenant, lost.trace_id, below.span_id, lost.tag,
            lost.above_service, lost.above_span, lost.below_service, lost.below_span
        from lost
        inner join step as below
            on below.tenant = lost.tenant and below.trace_id = lost.trace_id and below.parent_span_id = lost.span_id
        where not has(below.tag_keys, lost.tag)
    )
select
    tenant,
    tag,
    multiIf(above_span = '', 'trace', above_service = below_service, 'span', 'service') as kind,
    above_service,
    above_span,
    below_service,
    below_span,
    count() as calls,
    sum(call.cost) as cost,
    countIf(call.cost is null) as unpriced_calls
from
(
    select tenant, trace_id, span_id, tag, above_service, above_span, below_service, below_span
    from lost
    union all
    select
        first.tenant, first.trace_id, first.span_id,
        arrayJoin(arrayFilter(key -> not has(first.tag_keys, key), known.tag_keys)) as tag,
        first.service, '', first.service, first.name
    from step as first
    inner join
    (
        select tenant, service, groupUniqArrayArray(tag_keys) as tag_keys from step group by tenant, service
    ) as known
        on known.tenant = first.tenant and known.service = first.service
    where first.parent_span_id = ''
) as gone
inner join call
    on call.tenant = gone.tenant and call.trace_id = gone.trace_id and call.span_id = gone.span_id
group by tenant, tag, kind, above_service, above_span, below_service, below_span
comment 'Where tags were lost on the way to calls: tag_loss_points(from = ''2026-11-01'', to = ''2026-11-02'')'
