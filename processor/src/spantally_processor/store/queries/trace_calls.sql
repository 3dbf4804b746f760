-- The LLM spans of one trace, with why each counts or not.
select
    span_id,
    parent_span_id,
    start_time,
    duration_us,
    name,
    service,
    verdict,
    counted_span_id,
    provider,
    request_model,
    response_model,
    input_tokens,
    output_tokens,
    usage_source,
    pricing_status,
    unpriced_reason,
    cost,
    error_type,
    http_status,
    resend_count,
    tokens,
    priced_tokens,
    counted_trace_id
from llm_spans final
where trace_id = {trace:String}
order by start_time, span_id
