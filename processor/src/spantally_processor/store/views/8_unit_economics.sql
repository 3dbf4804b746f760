-- Gross margin by customer and month, loss-makers first: revenue - AI cost - other cost. What is unknown makes
-- a margin null, never higher. With ai_cost_is_lower_bound some calls have no price, and the margins are upper
-- bounds. A customer without a call in a month in which others have some has an AI cost of 0; how much of the
-- month's AI cost has a customer at all is in attributed_share, and the rest in the row of the empty customer.
create or replace view unit_economics as
with
    calls_of as
    (
        select
            tenant,
            toStartOfMonth(start_time) as month,
            customer,
            countIf(pricing_status != 'not_billed') as calls,
            countIf(pricing_status = 'unpriced') as unpriced_calls,
            countIf(pricing_status = 'partially_priced') as partially_priced_calls,
            if(calls = unpriced_calls and calls > 0, null, sum(cost)) as spent
        from llm_calls
        group by tenant, month, customer
    ),
    revenue_of as
    (
        select
            tenant,
            month,
            customer,
            if(count(revenue) < count(), null, sum(revenue)) as revenue,
            if(count(other_cost) < count(), null, sum(other_cost)) as other_cost
        from llm_revenue_now
        group by tenant, month, customer
    )
select
    tenant,
    month,
    customer,
    revenue,
    if(calls = 0 and (tenant, month) in (select tenant, month from calls_of), ifNull(spent, toDecimal128(0, 18)), spent) as ai_cost,
    other_cost,
    revenue - ai_cost - other_cost as margin,
    revenue - ai_cost as margin_before_other_cost,
    calls,
    unpriced_calls,
    partially_priced_calls,
    unpriced_calls + partially_priced_calls > 0 as ai_cost_is_lower_bound,
    toFloat64(sumIf(spent, customer != '') over month_of / nullIf(sum(spent) over month_of, 0)) as attributed_share
from calls_of
full outer join revenue_of using (tenant, month, customer)
window month_of as (partition by tenant, month)
order by
    margin nulls last, margin_before_other_cost nulls last, ai_cost desc nulls last, tenant, month, customer
comment 'Gross margin by customer and month: revenue - AI cost - other cost'
