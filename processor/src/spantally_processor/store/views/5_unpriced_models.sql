-- Calls whose cost is unknown, or only a lower bound, and why.
create or replace view unpriced_models
(
    day             Date comment 'UTC, when the calls began',
    tenant          LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    provider        LowCardinality(String) comment 'that was called, or its host',
    request_model   LowCardinality(String) comment 'that was asked for',
    response_model  LowCardinality(String) comment 'that answered',
    pricing_status  LowCardinality(String) comment 'unpriced, or partially_priced: some meter has no rate or was not reported',
    reason          LowCardinality(String) comment 'why, or which meters',
    calls           UInt64,
    tokens          UInt64 comment 'that were reported, input and output',
    unpriced_tokens UInt64 comment 'of tokens: those without a price'
)
as select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    call.provider as provider,
    call.request_model as request_model,
    call.response_model as response_model,
    call.pricing_status as pricing_status,
    call.unpriced_reason as reason,
    count() as calls,
    sum(call.tokens) as tokens,
    sum(call.tokens - call.priced_tokens) as unpriced_tokens
from llm_calls as call
where call.pricing_status in ('unpriced', 'partially_priced')
group by day, tenant, provider, request_model, response_model, pricing_status, reason
comment 'Calls whose cost is unknown or a lower bound, by model and reason'
