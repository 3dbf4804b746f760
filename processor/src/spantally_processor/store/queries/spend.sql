-- Spend by several cuts in one reading of the ledger, so that they agree while spans keep arriving.
-- Names after a dollar are put in by store/spend.py, from store/dimensions.py and store/spend_sources.py alone.
select
    grouping($every) as left_out,
    [$written] as value,
    -- Refused attempts alone are known to cost 0; they do not make the sum of unknown costs a 0.
    if(calls = 0, 0, sum(known)) as known_cost,
    sum(known_attributed) as attributed_cost,
    sum(billed) as calls,
    sum(refused) as not_billed_attempts,
    sum(unpriced) as unpriced_calls,
    sum(partial) as partially_priced_calls,
    sum(reported) as reported_calls,
    sum(input) as input_sum,
    sum(output) as output_sum,
    sum(all_tokens) as all_tokens_sum,
    sum(all_priced_tokens) as priced_tokens_sum,
    min(first_began) as first_call,
    max(last_began) as last_call
from
(
    select
        'whole' as whole,
        $keys
        known, known_attributed, billed, refused, unpriced, partial, reported, input, output, all_tokens,
        all_priced_tokens, first_began, last_began
    from
    (
        $source
    )
    where $condition
)
group by grouping sets ($cuts)
order by $order, known_cost desc nulls last, calls desc, value
