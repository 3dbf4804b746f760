-- One flat row a call, for tools that want no more than that. Attempts that were refused are rows without tokens.
create or replace view llm_events_flat
(
    ts           DateTime64(6, 'UTC') comment 'when the call was made',
    model        LowCardinality(String) comment 'that answered, as far as known; else the one that was asked for',
    `in`         Nullable(UInt64) comment 'tokens of the whole prompt; null when not reported',
    out          Nullable(UInt64) comment 'tokens of the whole completion; null when not reported',
    project_id   LowCardinality(String) comment 'tag project; empty when absent',
    service_name LowCardinality(String) comment 'service.name',
    team_id      LowCardinality(String) comment 'tag team; empty when absent',
    request_id   String comment 'the provider''s id of the response; the span''s id where there is none',
    latency_ms   Float64 comment 'milliseconds from the request to the end of the response'
)
as select
    call.start_time as ts,
    call.model as model,
    call.input_tokens as `in`,
    call.output_tokens as out,
    call.project as project_id,
    call.service as service_name,
    call.team as team_id,
    if(call.response_id = '', call.span_id, call.response_id) as request_id,
    call.duration_us / 1000 as latency_ms
from llm_calls as call
comment 'One flat row a call: ts, model, in, out, project_id, service_name, team_id, request_id, latency_ms'
