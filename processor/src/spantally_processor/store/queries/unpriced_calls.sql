-- Calls whose cost is unknown or only a lower bound, by model and reason.
select
    provider,
    request_model,
    response_model,
    pricing_status,
    unpriced_reason,
    count() as calls,
    sum(tokens - priced_tokens) as unpriced_tokens
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where $condition
    and pricing_status in ('unpriced', 'partially_priced')
group by provider, request_model, response_model, pricing_status, unpriced_reason
order by unpriced_tokens desc, calls desc, provider, request_model, response_model, unpriced_reason
