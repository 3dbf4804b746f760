-- Share of the calls that went to expensive models, by workflow. Whoever asks says what expensive is, in USD for
-- 1,000,000 output tokens at list price: escalation_rate(expensive_from = 20). The price is the one on the call's
-- own cost line, so it is the price of its day.
create or replace view escalation_rate
(
    day             Date comment 'UTC, when the calls began',
    tenant          LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    workflow        LowCardinality(String) comment 'unattributed when the calls name none',
    rate            Nullable(Float64) comment 'escalated_calls / calls; null without a call whose price is known',
    cost_share      Nullable(Float64) comment 'escalated_cost / cost',
    calls           UInt64 comment 'whose output has a list price',
    escalated_calls UInt64 comment 'of calls: those to expensive models',
    cost            Nullable(Decimal(38, 18)) comment 'USD, of calls; null when none has a known cost',
    escalated_cost  Nullable(Decimal(38, 18)) comment 'USD, of escalated_calls; null without one',
    other_calls     UInt64 comment 'without a price of output: unpriced, or paid otherwise; in no other column'
)
as with
    indexOf(call.lines.meter, 'output_tokens') as place,
    toFloat64(call.lines.list_amount[place]) * call.lines.per[place]
        / nullIf(toFloat64(call.lines.quantity[place]), 0) as price
select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    if(call.workflow = '', 'unattributed', call.workflow) as workflow,
    escalated_calls / nullIf(calls, 0) as rate,
    toFloat64(escalated_cost) / nullIf(toFloat64(cost), 0) as cost_share,
    countIf(price is not null) as calls,
    countIf(price >= {expensive_from:Float64}) as escalated_calls,
    sumIf(call.cost, price is not null) as cost,
    sumIf(call.cost, price >= {expensive_from:Float64}) as escalated_cost,
    countIf(price is null) as other_calls
from llm_calls as call
where call.pricing_status != 'not_billed'
group by day, tenant, workflow
comment 'Share of calls to expensive models: escalation_rate(expensive_from = 20), in USD for a million output tokens at list price'
