-- The LLM spans that saw some responses, at most {limit} of each, as counting looks at them.
select
    tenant, trace_id, span_id, parent_span_id, toUnixTimestamp64Micro(start_time), duration_us, service, scope,
    role, rank, provider, response_id, fetched, may_repeat, usage_source, ifNull(input_tokens, 0),
    ifNull(output_tokens, 0), verdict, counted_trace_id, counted_span_id, judged, version, response_key, twin_key, alone
from llm_spans
where response_key in {keys:Array(UInt64)}
limit {limit:UInt32} by response_key
