-- Spend by several cuts in one reading of the ledger, so that they agree while spans keep arriving.
-- Names after a dollar are put in by store/spend.py, from store/dimensions.py alone.
select
    grouping($every) as left_out,
    [$written] as value,
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
from
(
    select
        'whole' as whole,
        $keys
        cost, attributed, pricing_status, usage_source, input_tokens, output_tokens, tokens,
        priced_tokens, start_time
    from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
    where $condition
)
group by grouping sets ($cuts)
order by $order, known_cost desc nulls last, calls desc, value
