-- The spans whose verdict a settlement changes, written again beside what they were.
insert into llm_spans
select
    span.* replace
    (
        change.verdict as verdict,
        change.counted_trace_id as counted_trace_id,
        change.counted_span_id as counted_span_id,
        change.judged as judged,
        now() as stored_at
    )
from
(
    select *
    from llm_spans final
    where start_time >= {since:DateTime64(6, 'UTC')} and start_time <= {until:DateTime64(6, 'UTC')}
        and (tenant, trace_id) in
        (
            select tenant, trace_id
            from verdict_changes
            where decided_at = {at:DateTime64(6, 'UTC')} and settlement = {settlement:String}
        )
) as span
inner join
(
    select *
    from verdict_changes
    where decided_at = {at:DateTime64(6, 'UTC')} and settlement = {settlement:String}
) as change
    on span.tenant = change.tenant and span.trace_id = change.trace_id and span.span_id = change.span_id
settings async_insert = 0, insert_deduplicate = 0
