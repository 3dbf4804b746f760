-- What each agent run cost that began in a period: agent_cost(from = '2026-11-01', to = '2026-12-01'). A run is
-- a trace; it begins with its first call. Calls of a day before and after are looked at as well, so that
-- runs over the edges are whole; one that goes on for longer is cut there (trace_cost has it whole).
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
    not_billed_attempts    UInt64 comment 'that the provider refused',
    tokens                 UInt64 comment 'that were reported, input and output',
    priced_tokens          UInt64 comment 'of tokens: those that have a price'
)
as select
    min(call.start_time) as start_time,
    call.tenant as tenant,
    call.trace_id as trace_id,
    if(countIf(call.workflow != '') = 0, 'unattributed', argMinIf(call.workflow, call.start_time, call.workflow != ''))
        as workflow,
    arraySort(groupUniqArray(toString(call.service))) as services,
    if(calls = unpriced_calls, null, sum(call.cost)) as cost,
    tupleElement(argMinIf(tuple(call.cost), call.start_time, call.pricing_status != 'not_billed'), 1) as first_call_cost,
    toFloat64(cost) / nullIf(toFloat64(first_call_cost), 0) as multiplier,
    countIf(call.pricing_status != 'not_billed') as calls,
    arrayMax(mapValues(sumMapIf(
        map(concat(call.service, ' ', call.model), 1), call.pricing_status != 'not_billed'))) as loops,
    countIf(call.pricing_status = 'unpriced') as unpriced_calls,
    countIf(call.pricing_status = 'partially_priced') as partially_priced_calls,
    countIf(call.pricing_status = 'not_billed') as not_billed_attempts,
    sum(call.tokens) as tokens,
    sum(call.priced_tokens) as priced_tokens
from llm_calls_between(
    from = {from:DateTime64(6, 'UTC')} - toIntervalDay(1), to = {to:DateTime64(6, 'UTC')} + toIntervalDay(1)) as call
group by tenant, trace_id
having start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
comment 'What each run (trace) cost that began in a period: agent_cost(from = ''2026-11-01'', to = ''2026-12-01'')'
