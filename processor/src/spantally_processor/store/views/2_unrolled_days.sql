-- The days of calls that were stored since ten minutes before the last roll-up began, since an insert that had begun
-- by then is in place by now: what the roll-ups say of them may be old. `layout` is what rollup_done.sql writes.
create or replace view unrolled_days as
select distinct toDate(start_time) as day
from llm_spans
where stored_at >=
(
    select toDateTime(greatest(toInt64(max(toUnixTimestamp(began_at))) - 600, 0), 'UTC')
    from rollups
    where layout = 2
)
comment 'Days of which the roll-ups may not have everything: today, and what came in late'
