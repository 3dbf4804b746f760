-- the lines of a computed cost sum to it
select
    count() as compared,
    countIf(wrong_by != 0) as wrong,
    anyIf(trace_id || ' ' || span_id || ' by ' || toString(wrong_by) || ' USD', wrong_by != 0) as example
from
(
    select trace_id, span_id, assumeNotNull(cost) - arraySum(lines.amount) as wrong_by
    from llm_spans final
    where cost_source = 'computed' and isNotNull(cost)
        and start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
)
