-- The spans of the Collector's own table (exporter clickhouse), each with what we know of its cost: of no LLM span
-- the verdict is empty. The cost of a span that does not count is null, so that a sum over a trace is what the trace
-- cost.
create or replace view otel_traces_with_cost as
select
    span.*,
    call.verdict as verdict,
    if(call.verdict = 'counted', call.cost, null) as cost,
    if(call.verdict = 'counted', call.list_cost, null) as list_cost,
    call.pricing_status as pricing_status,
    call.unpriced_reason as unpriced_reason,
    call.model as model,
    call.input_tokens as input_tokens,
    call.output_tokens as output_tokens,
    call.team as team,
    call.feature as feature,
    call.workflow as workflow,
    call.customer as customer
from otel_traces as span
any left join
(
    select
        trace_id, span_id, verdict, cost, list_cost, pricing_status, unpriced_reason, model, input_tokens,
        output_tokens, team, feature, workflow, customer
    from llm_spans final
) as call
    on span.TraceId = call.trace_id and span.SpanId = call.span_id
comment 'The Collector''s otel_traces, each span with its cost in USD, if it is an LLM call that counts'
