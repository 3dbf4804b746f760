-- What one run of a workflow costs, typically and at worst, by day, week or month:
-- action_cost_distribution(from = '2026-11-01', to = '2026-12-01', every = 'day'). Percentiles are costs of
-- real runs; runs of unknown cost are in none of them, and are counted.
create or replace view action_cost_distribution
(
    time             DateTime('UTC') comment 'begin of the hour, day, week, month, quarter or year in which the runs began',
    tenant           LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    workflow         LowCardinality(String) comment 'unattributed when no call names one',
    p50              Nullable(Decimal(38, 18)) comment 'USD; half of the runs cost less; null when no cost is known',
    p95              Nullable(Decimal(38, 18)) comment 'USD; 19 of 20 runs cost less',
    max              Nullable(Decimal(38, 18)) comment 'USD; the costliest run',
    cost             Nullable(Decimal(38, 18)) comment 'USD, of all runs',
    runs             UInt64 comment 'traces with a call',
    unpriced_runs    UInt64 comment 'whose cost is unknown; in no percentile',
    incomplete_runs  UInt64 comment 'whose cost is a lower bound, since the cost of some call is'
)
as select
    toDateTime(dateTrunc({every:String}, run.start_time), 'UTC') as time,
    run.tenant as tenant,
    run.workflow as workflow,
    quantileExact(0.5)(run.cost) as p50,
    quantileExact(0.95)(run.cost) as p95,
    max(run.cost) as max,
    sum(run.cost) as cost,
    count() as runs,
    countIf(run.cost is null) as unpriced_runs,
    countIf(run.cost is not null and run.unpriced_calls + run.partially_priced_calls > 0) as incomplete_runs
from agent_cost(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')}) as run
where run.calls > 0
group by time, tenant, workflow
comment 'Cost of one run of a workflow: action_cost_distribution(from = ''2026-11-01'', to = ''2026-12-01'', every = ''day'')'
