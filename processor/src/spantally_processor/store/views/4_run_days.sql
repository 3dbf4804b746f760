-- Runs (traces) by the days of their calls: closed days from the roll-up, those that may have changed from the calls.
-- Which days these are is asked once (the same scalar twice), so that no day is in both or in neither.
create or replace view run_days as
with (select groupArray(day) from unrolled_days) as open_days
select *
from trace_daily
where day not in open_days
union all
with (select groupArray(day) from unrolled_days) as open_days
select *
from run_days_of_calls
where day in open_days
comment 'Runs (traces) by the days of their calls; describe trace_daily explains the columns'
