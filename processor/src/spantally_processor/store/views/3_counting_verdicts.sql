-- Why each LLM span is or is not in the totals: counted; aggregate, which repeats the counts of calls
-- inside it; duplicate of the span that is named beside it.
create or replace view counting_verdicts as
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
    multiIf(
        span.role != 'call', 'aggregate',
        duplicate.counted_span_id != '', 'duplicate',
        'counted'
    ) as verdict,
    duplicate.counted_trace_id as counted_trace_id,
    duplicate.counted_span_id as counted_span_id
from (select * from llm_spans final) as span
left join duplicate_observations as duplicate
    on span.tenant = duplicate.tenant
    and span.trace_id = duplicate.trace_id
    and span.span_id = duplicate.span_id
