-- Services that reached a known provider with nobody named for it, or with an API key that nobody has claimed:
-- a row for each service, provider and key. Without claims no key is unclaimed.
select
    service,
    provider,
    key_fingerprint,
    toBool(has({claimed:Array(String)}, key_fingerprint)) as is_claimed,
    countIf(pricing_status != 'not_billed') as calls,
    countIf(pricing_status != 'not_billed' and not attributed) as untagged_calls,
    countIf(pricing_status = 'unpriced') as unpriced_calls,
    -- A refused attempt is known to cost 0; that must not make the sum of unknown costs a 0.
    if(calls = unpriced_calls and calls > 0, null, sum(cost)) as known_cost,
    toBool(unpriced_calls + countIf(pricing_status = 'partially_priced') > 0) as is_lower_bound,
    min(start_time) as first_call,
    max(start_time) as last_call
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where start_time >= {from:DateTime64(6, 'UTC')} and start_time < {to:DateTime64(6, 'UTC')}
    and provider_source != 'unknown'
group by service, provider, key_fingerprint
having calls > 0
    and (untagged_calls > 0 or (notEmpty({claimed:Array(String)}) and key_fingerprint != '' and not is_claimed))
order by known_cost desc nulls last, calls desc, service, provider, key_fingerprint
