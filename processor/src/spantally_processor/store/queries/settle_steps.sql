-- What is above what in some traces of one tenant.
select distinct trace_id, span_id, parent_span_id
from trace_steps
where tenant = {tenant:String} and trace_id in {traces:Array(String)} and parent_span_id != ''
    and start_time >= {since:DateTime64(6, 'UTC')} and start_time <= {until:DateTime64(6, 'UTC')}
