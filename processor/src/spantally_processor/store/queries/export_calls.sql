-- The calls that count, one a row, for export. A null is unknown. Names after a dollar are put in from
-- store/dimensions.py.
select
    start_time,
    trace_id, span_id, parent_span_id, service, name, operation,
    team, project, feature, workflow, customer, user, environment, task, property, outcome,
    toJSONString(tags) as tags,
    provider, request_model, response_model, response_id,
    duration_us, error_type, http_status, resend_count,
    usage_source, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    toJSONString(usage) as usage,
    pricing_status, unpriced_reason, cost, list_cost, cost_source, stated_cost, table_version
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where $condition
order by start_time, trace_id, span_id
