-- The steps of a day's traces: each call, an agent around it and the request that began it.
insert into trace_steps
(
    tenant, trace_id, span_id, parent_span_id, start_time, duration_us, name, service, error, tag_keys,
    ingested_at
)
with if(task = 'plan', [0, 1, 2], [0]) as levels
select
    tenant,
    trace_id,
    [span_id, lower(hex(cityHash64(trace_id, 'agent'))), lower(hex(cityHash64(trace_id, 'root')))][level + 1],
    [parent_span_id, lower(hex(cityHash64(trace_id, 'root'))), ''][level + 1],
    start_time,
    duration_us,
    [toString(name), 'invoke_agent', 'POST /ask'][level + 1],
    service,
    false,
    ['team', 'feature', 'workflow', 'customer'],
    ingested_at
from llm_spans
array join levels as level
where start_time >= {day:DateTime64(6, 'UTC')}
    and start_time < {day:DateTime64(6, 'UTC')} + toIntervalDay(1)
    and (level = 0 or parent_span_id = '')
