-- Counted calls by what decides their price at another model's rates: usage, context and, where
-- rates change over time, the second of the call. Names after a dollar are put in from store/dimensions.py.
select
    [$by] as value,
    mapKeys(usage) as meters,
    mapValues(usage) as quantities,
    mapKeys(context) as context_keys,
    mapValues(context) as context_values,
    pricing_status,
    unpriced_reason,
    length(arrayDistinct(lines.model)) > 1 as has_several_models,
    if({at_each:Bool}, toDateTime(start_time, 'UTC'), toDateTime(0, 'UTC')) as at,
    count() as calls,
    sum(tokens) as all_tokens,
    if(pricing_status = 'unpriced', null, sum(cost)) as known_cost
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where pricing_status != 'not_billed'
    and $condition
group by
    value, meters, quantities, context_keys, context_values, pricing_status, unpriced_reason,
    has_several_models, at
