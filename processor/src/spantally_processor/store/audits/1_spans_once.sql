-- each LLM span is in the ledger once
select sum(n) as compared, sum(n - 1) as wrong, anyIf(trace_id || ' ' || span_id, n > 1) as example
from
(
    select tenant, trace_id, span_id, count() as n
    from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
    group by tenant, trace_id, span_id
)
