-- The LLM spans of some traces of one tenant, every booking of each, as counting looks at them.
select
    tenant, trace_id, span_id, parent_span_id, toUnixTimestamp64Micro(start_time), duration_us, service, scope,
    role, rank, provider, response_id, fetched, may_repeat, usage_source, ifNull(input_tokens, 0),
    ifNull(output_tokens, 0), verdict, counted_trace_id, counted_span_id, judged, version, response_key, twin_key, alone
from llm_spans
where tenant = {tenant:String} and trace_id in {traces:Array(String)}
    and start_time >= {since:DateTime64(6, 'UTC')} and start_time <= {until:DateTime64(6, 'UTC')}
