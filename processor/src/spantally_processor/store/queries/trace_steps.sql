-- Every span of one trace, in order of start.
select span_id, parent_span_id, start_time, duration_us, name, service, error
from trace_steps final
where trace_id = {trace:String}
order by start_time, span_id
