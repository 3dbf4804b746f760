-- The same spend at three layers, by month: model, service and owner (the team of the tag or the catalogue). Each
-- call is in each layer once, so that the totals of the layers agree; an empty value is what has no owner. A cost of null is
-- unknown, and a lower bound when unpriced_calls or partially_priced_calls is not 0.
create or replace view spend_by_layer as
select
    tenant,
    toStartOfMonth(start_time) as month,
    cut.1 as layer,
    cut.2 as value,
    countIf(pricing_status != 'not_billed') as calls,
    countIf(pricing_status = 'unpriced') as unpriced_calls,
    countIf(pricing_status = 'partially_priced') as partially_priced_calls,
    if(calls = unpriced_calls and calls > 0, null, sum(cost)) as known_cost,
    sum(tokens) as all_tokens,
    sum(priced_tokens) as all_priced_tokens
from owned_calls
array join [('model', toString(model)), ('service', toString(service)), ('owner', owner_team)] as cut
group by tenant, month, layer, value
comment 'The same spend in USD by month at three layers, model, service and owner, whose totals agree.'
