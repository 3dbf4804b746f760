-- Spend cut by each of {dimensions}, in one reading of the ledger, so that the cuts agree while spans
-- keep arriving. A dimension is a column's name, `total`, or any tag's key.
select
    cut.1 as dimension,
    cut.2 as value,
    -- A refused attempt is known to cost 0; that must not make the sum of unknown costs a 0.
    if(calls = unpriced_calls and calls > 0, null, sum(cost)) as known_cost,
    sumIf(cost, attributed) as attributed_cost,
    countIf(pricing_status != 'not_billed') as calls,
    countIf(pricing_status = 'not_billed') as not_billed_attempts,
    countIf(pricing_status = 'unpriced') as unpriced_calls,
    countIf(pricing_status = 'partially_priced') as partially_priced_calls,
    countIf(pricing_status != 'not_billed' and usage_source = 'provider') as reported_calls,
    sum(ifNull(input_tokens, 0)) as input,
    sum(ifNull(output_tokens, 0)) as output,
    sum(tokens) as all_tokens,
    sum(priced_tokens) as all_priced_tokens,
    min(start_time) as first_call,
    max(start_time) as last_call
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
array join
    arrayMap(
        key -> (
            key,
            multiIf(
                key = 'total', [],
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
            )
        ),
        {dimensions:Array(String)}
    ) as cut
group by dimension, value
order by dimension, known_cost desc nulls last, calls desc, value
