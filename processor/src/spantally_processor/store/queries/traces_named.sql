-- Ids of traces that begin with {prefix}, whether they made LLM calls or not.
select distinct trace_id
from
(
    select trace_id from llm_spans where startsWith(trace_id, {prefix:String})
    union all
    select trace_id from trace_steps where startsWith(trace_id, {prefix:String})
)
order by trace_id
limit {limit:UInt32}
