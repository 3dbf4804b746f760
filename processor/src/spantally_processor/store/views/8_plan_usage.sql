-- How much of its plan each customer has used in each month, those over it first: used_share is the largest of
-- the shares of tokens, calls and AI cost that have a limit, 1 is all of it. Null where nothing has a limit. With
-- ai_cost_is_lower_bound some calls have no price. The plan is the one that holds on the month's first day, or
-- else the first one of the month.
create or replace view plan_usage as
with
    calls_of as
    (
        select
            tenant,
            toStartOfMonth(start_time) as month,
            customer,
            countIf(pricing_status != 'not_billed') as calls,
            sum(tokens) as used_tokens,
            countIf(pricing_status in ('unpriced', 'partially_priced')) as without_full_price,
            if(calls = countIf(pricing_status = 'unpriced') and calls > 0, null, sum(cost)) as ai_cost
        from llm_calls
        group by tenant, month, customer
    )
select
    tenant,
    month,
    customer,
    argMin(plan, valid_from) as plan_name,
    argMin(tuple(monthly_fee), valid_from).1 as fee,
    any(calls) as used_calls,
    argMin(tuple(included_calls), valid_from).1 as allowed_calls,
    any(used_tokens) as tokens,
    argMin(tuple(included_tokens), valid_from).1 as allowed_tokens,
    any(ai_cost) as cost,
    argMin(tuple(included_cost), valid_from).1 as allowed_cost,
    any(without_full_price) > 0 as ai_cost_is_lower_bound,
    arrayMax(arrayFilter(
        share -> share is not null,
        [
            used_calls / nullIf(allowed_calls, 0),
            tokens / nullIf(allowed_tokens, 0),
            toFloat64(cost / nullIf(allowed_cost, 0))
        ]
    )) as used_share
from calls_of
inner join llm_plans_now as plan_of using (tenant, customer)
where valid_from < addMonths(month, 1) and (valid_to is null or valid_to > month)
group by tenant, month, customer
order by used_share desc nulls last, tenant, month, customer
comment 'How much of its plan each customer has used, by month'
