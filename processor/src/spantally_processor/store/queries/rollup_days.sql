-- The days of calls that were stored since ten minutes before the last roll-up began: an insert that had begun
-- by then is in place by now.
select distinct toDate(start_time) as day
from llm_spans
where stored_at >= (select toDateTime(greatest(toInt64(max(toUnixTimestamp(began_at))) - 600, 0), 'UTC') from rollups)
order by day
