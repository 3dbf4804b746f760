-- Runs (traces) by the days of their calls, made from the calls. Laid out like trace_daily, which keeps it.
create or replace view run_days_of_calls as
select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    call.trace_id as run,
    min(call.start_time) as start_time,
    argMinIf(call.workflow, call.start_time, call.workflow != '') as workflow,
    arraySort(groupUniqArray(call.service)) as services,
    sumMapIf(map(toLowCardinality(concat(call.service, ' ', call.model)), toUInt32(1)), call.pricing_status != 'not_billed')
        as calls_of,
    toUInt32(countIf(call.pricing_status != 'not_billed')) as calls,
    toUInt32(countIf(call.pricing_status = 'not_billed')) as not_billed_attempts,
    toUInt32(countIf(call.pricing_status = 'unpriced')) as unpriced_calls,
    toUInt32(countIf(call.pricing_status = 'partially_priced')) as partially_priced_calls,
    sum(call.tokens) as tokens,
    sum(call.priced_tokens) as priced_tokens,
    sumIf(call.cost, call.pricing_status != 'not_billed') as cost,
    tupleElement(argMinIf(tuple(call.cost), call.start_time, call.pricing_status != 'not_billed'), 1) as first_call_cost
from llm_calls as call
group by day, tenant, run
comment 'Runs by day, made from the calls; ask run_days, which is faster and says the same'
