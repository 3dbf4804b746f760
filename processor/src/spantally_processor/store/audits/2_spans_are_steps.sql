-- each LLM span is a step of its trace
select
    count() as compared,
    countIf(step.span_id = '') as wrong,
    anyIf(span.trace_id || ' ' || span.span_id, step.span_id = '') as example
from
(
    select tenant, trace_id, span_id from llm_spans final
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
) as span
left any join
(
    select tenant, trace_id, span_id from trace_steps
    where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
) as step
    on span.tenant = step.tenant and span.trace_id = step.trace_id and span.span_id = step.span_id
