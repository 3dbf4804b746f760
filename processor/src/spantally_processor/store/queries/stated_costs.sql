-- Calls whose response stated its cost, beside what usage and rates come to.
select
    provider,
    count() as calls,
    countIf(cost_source = 'stated') as booked,
    countIf(stated_differs) as differing,
    sumIf(stated_cost, stated_differs) as stated,
    sumIf(computed_cost, stated_differs) as computed
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where $condition
    and stated_cost is not null
group by provider
order by differing desc, provider
