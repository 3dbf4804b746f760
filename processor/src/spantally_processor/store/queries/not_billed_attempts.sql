-- Attempts that the provider refused, and what a gateway's cache answered: they cost nothing and are counted apart
-- from calls.
select
    provider,
    request_model,
    http_status,
    error_type,
    count() as attempts
from llm_calls_between(from = {from:DateTime64(6, 'UTC')}, to = {to:DateTime64(6, 'UTC')})
where $condition
    and pricing_status = 'not_billed'
group by provider, request_model, http_status, error_type
order by attempts desc, provider, request_model, http_status, error_type
