-- Spend by owner and month, with who answers for it: team (of the tag, else of the catalogue), lead, manager and cost
-- centre as they were when the calls were made. An empty team is what has no owner. A cost of null is unknown, and a
-- lower bound when unpriced_calls or partially_priced_calls is not 0.
create or replace view spend_by_owner as
select
    tenant,
    toStartOfMonth(start_time) as month,
    owner_team,
    lead,
    manager,
    cost_centre,
    countIf(pricing_status != 'not_billed') as calls,
    countIf(team_source = 'catalogue') as calls_by_catalogue,
    countIf(pricing_status = 'unpriced') as unpriced_calls,
    countIf(pricing_status = 'partially_priced') as partially_priced_calls,
    if(calls = unpriced_calls and calls > 0, null, sum(cost)) as known_cost,
    sum(tokens) as all_tokens,
    sum(priced_tokens) as all_priced_tokens
from owned_calls
group by tenant, month, owner_team, lead, manager, cost_centre
comment 'Spend in USD by owner and month, with lead, manager and cost centre as they were then; an empty team has no owner.'
