-- Spend a day by model: which was asked for and which answered. The other columns are explained in spend_by.
create or replace view spend_by_model as
select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    call.provider as provider,
    call.request_model as request_model,
    call.response_model as response_model,
    if(calls = unpriced_calls, null, sum(call.cost)) as cost,
    if(calls = unpriced_calls, null, sum(call.list_cost)) as list_cost,
    countIf(call.pricing_status != 'not_billed') as calls,
    countIf(call.pricing_status = 'unpriced') as unpriced_calls,
    countIf(call.pricing_status = 'partially_priced') as partially_priced_calls,
    countIf(call.pricing_status = 'not_billed') as not_billed_attempts,
    countIf(call.pricing_status != 'not_billed' and call.usage_source = 'provider') as reported_calls,
    sum(call.input_tokens) as input_tokens,
    sum(call.cache_read_tokens) as cache_read_tokens,
    sum(call.output_tokens) as output_tokens,
    sum(call.tokens) as tokens,
    sum(call.priced_tokens) as priced_tokens,
    sumIf(call.tokens, call.attributed) as attributed_tokens
from llm_calls as call
group by day, tenant, provider, request_model, response_model
comment 'Spend a day by model asked for and served; `describe spend_by` explains the columns'
