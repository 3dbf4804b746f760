-- How many calls one run of a workflow makes, by day, week or month:
-- loop_count(from = '2026-11-01', to = '2026-12-01', every = 'day').
create or replace view loop_count
(
    time           DateTime('UTC') comment 'begin of the hour, day, week, month, quarter or year in which the runs began',
    tenant         LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    workflow       LowCardinality(String) comment 'unattributed when no call names one',
    runs           UInt64 comment 'traces with a call',
    calls          UInt64 comment 'without the attempts that were not billed',
    calls_per_run  Float64 comment 'calls / runs',
    loops_per_run  Float64 comment 'mean of the most calls that one service made to one model in a run',
    most_calls     UInt64 comment 'of one run'
)
as select
    toDateTime(dateTrunc({every:String}, run.start_time), 'UTC') as time,
    run.tenant as tenant,
    run.workflow as workflow,
    count() as runs,
    sum(run.calls) as calls,
    calls / runs as calls_per_run,
    avg(run.loops) as loops_per_run,
    max(run.calls) as most_calls
from agent_cost(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')}) as run
where run.calls > 0
group by time, tenant, workflow
comment 'Calls that a run of a workflow makes: loop_count(from = ''2026-11-01'', to = ''2026-12-01'', every = ''day'')'
