-- Some days into {table}, which is laid out like trace_daily.
insert into {table:Identifier}
select *
from run_days_of_calls
where day in {days:Array(Date)}
