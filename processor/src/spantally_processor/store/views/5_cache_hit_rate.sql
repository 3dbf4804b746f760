-- How much of the prompts came from the provider's cache. Only calls that reported both counts are compared.
create or replace view cache_hit_rate
(
    day                Date comment 'UTC, when the calls began',
    tenant             LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    workflow           LowCardinality(String) comment 'unattributed when the calls name none',
    provider           LowCardinality(String) comment 'that was called',
    model              LowCardinality(String) comment 'that answered, as far as known',
    rate               Nullable(Float64) comment 'cache_read_tokens / input_tokens; null when nothing was reported',
    cache_read_tokens  Nullable(UInt64) comment 'of input_tokens: those from the cache; null without such a call',
    input_tokens       Nullable(UInt64) comment 'whole prompts of the calls that reported both counts',
    cache_write_tokens Nullable(UInt64) comment 'of input_tokens: those written to the cache; null when not reported',
    calls              UInt64 comment 'that reported both counts',
    silent_calls       UInt64 comment 'that did not say what came from the cache; in no other column'
)
as with call.cache_read_tokens is not null and call.input_tokens is not null as says
select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    if(call.workflow = '', 'unattributed', call.workflow) as workflow,
    call.provider as provider,
    call.model as model,
    cache_read_tokens / nullIf(input_tokens, 0) as rate,
    sumIf(call.cache_read_tokens, says) as cache_read_tokens,
    sumIf(call.input_tokens, says) as input_tokens,
    sumIf(call.cache_write_tokens, says) as cache_write_tokens,
    countIf(says) as calls,
    countIf(not says) as silent_calls
from llm_calls as call
where call.pricing_status != 'not_billed'
group by day, tenant, workflow, provider, model
comment 'Share of prompt tokens that came from the cache'
