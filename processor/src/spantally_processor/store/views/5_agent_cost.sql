-- What each agent run cost that began in a period: agent_cost(from = '2026-11-01', to = '2026-12-01'). A run is
-- a trace; it begins with its first call. Calls of the UTC day before and after are looked at as well, so that
-- runs over the edges are whole; one that goes on for longer is cut there (trace_cost has it whole).
-- Traces are grouped by two hashes of 64 bits, twice as fast as by the text of their id.
create or replace view agent_cost
(
    start_time             DateTime64(6, 'UTC') comment 'of the first call',
    tenant                 LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    trace_id               String comment 'hex',
    workflow               LowCardinality(String) comment 'the first that a call names; unattributed when none does',
    services               Array(String) comment 'that made its calls',
    cost                   Nullable(Decimal(38, 18)) comment 'USD, of the calls whose cost is known; null when not one is',
    first_call_cost        Nullable(Decimal(38, 18)) comment 'USD; null when that is unknown',
    multiplier             Nullable(Float64) comment 'cost over first_call_cost: what the run cost for each dollar of its first call',
    calls                  UInt64 comment 'without the attempts that were not billed',
    loops                  UInt64 comment 'most calls of one service to one model; 1 where nothing was repeated',
    unpriced_calls         UInt64 comment 'whose cost is unknown; not in cost',
    partially_priced_calls UInt64 comment 'whose cost is a lower bound',
    not_billed_attempts    UInt64 comment 'that the provider refused, or a gateway''s cache answered',
    tokens                 UInt64 comment 'that were reported, input and output',
    priced_tokens          UInt64 comment 'of tokens: those that have a price'
)
as select
    min(part.start_time) as start_time,
    any(part.tenant) as tenant,
    any(part.run) as trace_id,
    if(countIf(part.workflow != '') = 0, 'unattributed', argMinIf(part.workflow, part.day, part.workflow != ''))
        as workflow,
    arraySort(arrayDistinct(arrayFlatten(groupArray(arrayMap(each -> toString(each), part.services))))) as services,
    sum(part.cost) as cost,
    tupleElement(argMinIf(tuple(part.first_call_cost), part.day, part.calls > 0), 1) as first_call_cost,
    toFloat64(cost) / nullIf(toFloat64(first_call_cost), 0) as multiplier,
    sum(part.calls) as calls,
    arrayMax(mapValues(sumMap(part.calls_of))) as loops,
    sum(part.unpriced_calls) as unpriced_calls,
    sum(part.partially_priced_calls) as partially_priced_calls,
    sum(part.not_billed_attempts) as not_billed_attempts,
    sum(part.tokens) as tokens,
    sum(part.priced_tokens) as priced_tokens
from run_days as part
where part.day >= toDate32({from:DateTime64(6, 'UTC')}) - 1
    and part.day <= toDate32({to:DateTime64(6, 'UTC')} - toIntervalMicrosecond(1)) + 1
group by cityHash64(part.tenant, part.run), xxh3(part.run)
having start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
comment 'What each run (trace) cost that began in a period: agent_cost(from = ''2026-11-01'', to = ''2026-12-01'')'
