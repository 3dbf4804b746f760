-- Counted calls by what decides their price at another model's rates: usage, context and, where rates
-- change over time, the second of the call. {by} is a dimension as in spend.sql; a call is taken when each
-- of its {keys} has the value at the same place of {values}. A model matches as asked for or as served.
select
    cuts[1] as value,
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
from
(
    select
        *,
        arrayMap(
            key -> multiIf(
                key = 'model', [toString(provider), toString(request_model), toString(response_model)],
                key = 'team', [toString(team)],
                key = 'project', [toString(project)],
                key = 'feature', [toString(feature)],
                key = 'workflow', [toString(workflow)],
                key = 'customer', [customer],
                key = 'user', [user],
                key = 'environment', [toString(environment)],
                key = 'task', [toString(task)],
                key = 'property', [toString(property)],
                key = 'outcome', [toString(outcome)],
                key = 'service', [toString(service)],
                key = 'provider', [toString(provider)],
                key = 'operation', [toString(operation)],
                [tags[key]]
            ),
            arrayConcat([{by:String}], {keys:Array(String)})
        ) as cuts
    from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    where pricing_status != 'not_billed'
)
where arrayAll((cut, wanted) -> has(cut, wanted), arraySlice(cuts, 2), {values:Array(String)})
group by
    value, meters, quantities, context_keys, context_values, pricing_status, unpriced_reason,
    has_several_models, at
