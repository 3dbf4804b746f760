-- Tags of the smallest useful set that calls lack, with what those calls cost.
select
    tag,
    countIf(pricing_status != 'not_billed') as calls,
    -- A refused attempt is known to cost 0; that must not make the sum of unknown costs a 0.
    countIf(pricing_status = 'unpriced') as unpriced_calls,
    if(calls = unpriced_calls and calls > 0, null, sum(cost)) as known_cost,
    unpriced_calls + countIf(pricing_status = 'partially_priced') > 0 as is_lower_bound
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
array join attribution_missing as tag
where $condition
group by tag
having calls > 0
order by calls desc, tag
