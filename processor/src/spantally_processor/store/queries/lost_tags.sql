-- Every span of the traces that have counted calls, with the names of its tags; the cost where it is a call.
with calls as
(
    select trace_id, span_id, cost
    from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    where pricing_status != 'not_billed'
)
select
    step.trace_id,
    step.span_id,
    step.parent_span_id,
    step.service,
    step.name,
    step.tag_keys,
    step.thread,
    calls.span_id != '' as is_call,
    calls.cost
from (select * from trace_steps final where trace_id in (select trace_id from calls)) as step
left join calls on step.trace_id = calls.trace_id and step.span_id = calls.span_id
order by step.trace_id, step.span_id
