-- Why each LLM span is or is not in the totals: counted; aggregate, which repeats the counts of calls inside
-- it; duplicate, mirror (in another trace) or replay (fetched or exported again) of the span that is named
-- beside it, which itself may be a duplicate of a third.
create or replace view counting_verdicts as
select
    tenant, trace_id, span_id, start_time, service, scope, name, provider, response_id, cost, verdict,
    counted_trace_id, counted_span_id
from llm_spans final
comment 'Why each LLM span is or is not in the totals'
