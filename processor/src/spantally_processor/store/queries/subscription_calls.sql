-- Calls that a flat fee pays, by service and model: they are in no sum of costs.
select
    service,
    provider,
    request_model,
    response_model,
    count() as calls,
    sum(tokens) as tokens_used
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where $condition
    and pricing_status = 'subscription'
group by service, provider, request_model, response_model
order by tokens_used desc, calls desc, service, provider, request_model, response_model
