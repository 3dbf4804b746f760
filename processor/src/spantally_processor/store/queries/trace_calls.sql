-- The LLM spans of one trace, with why each counts or not.
select
    span.span_id as span_id,
    span.parent_span_id as parent_span_id,
    span.start_time as start_time,
    span.duration_us as duration_us,
    span.name as name,
    span.service as service,
    verdict.verdict as verdict,
    verdict.counted_span_id as counted_span_id,
    span.provider as provider,
    span.request_model as request_model,
    span.response_model as response_model,
    span.input_tokens as input_tokens,
    span.output_tokens as output_tokens,
    span.usage_source as usage_source,
    span.pricing_status as pricing_status,
    span.unpriced_reason as unpriced_reason,
    span.cost as cost,
    span.error_type as error_type,
    span.http_status as http_status,
    span.resend_count as resend_count,
    span.tokens as tokens,
    span.priced_tokens as priced_tokens,
    verdict.counted_trace_id as counted_trace_id
from (select *, tokens, priced_tokens from llm_spans final where trace_id = {trace:String}) as span
inner join (select * from counting_verdicts where trace_id = {trace:String}) as verdict
    on span.tenant = verdict.tenant and span.span_id = verdict.span_id
order by start_time, span_id
