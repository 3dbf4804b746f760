-- What the calls cost for which nobody is named.
select
    -- A refused attempt is known to cost 0; that must not make the sum of unknown costs a 0.
    if(calls = unpriced_calls and calls > 0, null, sum(cost)) as known_cost,
    countIf(pricing_status != 'not_billed') as calls,
    countIf(pricing_status = 'unpriced') as unpriced_calls,
    countIf(pricing_status = 'partially_priced') as partially_priced_calls
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where not attributed
