-- Why each LLM span that began in a period is or is not in the totals: counted; aggregate, which repeats
-- the counts of calls inside it; duplicate, mirror (in another trace) or replay (fetched or exported again)
-- of the span that is named beside it, which itself may be a duplicate of a third.
create or replace view counting_verdicts_between as
with uncounted as
(
    -- A span that both rules leave out names what is below it.
    select span_key, argMin(counted_key, rule) as counted_key, argMin(verdict, rule) as verdict
    from
    (
        select span_key, counted_key, verdict, 2 as rule
        from same_responses_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
        union all
        select span_key, counted_key, verdict, 1 as rule
        from nested_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    )
    group by span_key
)
select
    span.tenant as tenant,
    span.trace_id as trace_id,
    span.span_id as span_id,
    span.start_time as start_time,
    span.service as service,
    span.scope as scope,
    span.name as name,
    span.provider as provider,
    span.response_id as response_id,
    span.cost as cost,
    multiIf(span.role != 'call', 'aggregate', uncounted.verdict = '', 'counted', uncounted.verdict) as verdict,
    if(verdict in ('counted', 'aggregate'), '', other.trace_id) as counted_trace_id,
    if(verdict in ('counted', 'aggregate'), '', other.span_id) as counted_span_id
from
(
    select *, span_key
    from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
) as span
left join uncounted on span.span_key = uncounted.span_key
left any join (select span_key, trace_id, span_id from llm_spans where span_key in (select counted_key from uncounted)) as other
    on uncounted.counted_key = other.span_key
