-- How the prompts of a run grow from call to call: trace_growth(from = '2026-11-01', to = '2026-12-01'). A row is
-- what one service asked one model in one trace, where it did so at least three times.
create or replace view trace_growth
(
    start_time         DateTime64(6, 'UTC') comment 'of the first of these calls',
    tenant             LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    trace_id           String comment 'hex',
    workflow           LowCardinality(String) comment 'the first that a call names; unattributed when none does',
    service            LowCardinality(String) comment 'that called',
    model              LowCardinality(String) comment 'that answered',
    calls              UInt64 comment 'whose prompt was reported',
    inputs             Array(UInt64) comment 'tokens of each prompt, in the order of the calls',
    growth             Nullable(Float64) comment 'last prompt / first prompt',
    tokens_per_call    Float64 comment 'by how much a prompt is longer than the one before: slope of a straight line',
    earlier_slope      Float64 comment 'the same for the first half of the calls, the middle one included',
    later_slope        Float64 comment 'the same for the second half, the middle one included',
    grows_faster_than_linearly Bool comment 'of six calls or more the last prompt is at least twice the first, and the later slope more than twice the earlier',
    cost               Nullable(Decimal(38, 18)) comment 'USD, of the calls whose cost is known; null when not one is',
    unpriced_calls     UInt64 comment 'whose cost is unknown; not in cost'
)
as with intDiv(calls, 2) + 1 as half
select
    min(call.start_time) as start_time,
    call.tenant as tenant,
    call.trace_id as trace_id,
    if(countIf(call.workflow != '') = 0, 'unattributed', argMinIf(call.workflow, call.start_time, call.workflow != ''))
        as workflow,
    call.service as service,
    call.model as model,
    count() as calls,
    arrayMap(each -> each.2, arraySort(groupArray((call.start_time, assumeNotNull(call.input_tokens))))) as inputs,
    inputs[-1] / nullIf(inputs[1], 0) as growth,
    arrayReduce('simpleLinearRegression', range(calls), inputs).1 as tokens_per_call,
    arrayReduce('simpleLinearRegression', range(half), arraySlice(inputs, 1, half)).1 as earlier_slope,
    arrayReduce('simpleLinearRegression', range(half), arraySlice(inputs, -half)).1 as later_slope,
    calls >= 6 and growth >= 2 and later_slope > 2 * greatest(earlier_slope, 0) as grows_faster_than_linearly,
    if(calls = unpriced_calls, null, sum(call.cost)) as cost,
    countIf(call.pricing_status = 'unpriced') as unpriced_calls
from llm_calls_between(
    from = {from:DateTime64(6, 'UTC')} - toIntervalDay(1), to = {to:DateTime64(6, 'UTC')} + toIntervalDay(1)) as call
where call.input_tokens is not null
group by tenant, trace_id, service, model
having calls >= 3 and start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
comment 'Growth of the prompts within a run: trace_growth(from = ''2026-11-01'', to = ''2026-12-01'')'
