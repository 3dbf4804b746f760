-- Tokens a day by what was deployed: a release that made prompts longer is a step in input_tokens / calls where
-- service_version changes.
create or replace view token_trends
(
    day                Date comment 'UTC, when the calls began',
    tenant             LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    service            LowCardinality(String) comment 'service.name',
    service_version    LowCardinality(String) comment 'service.version; empty when the emitter did not say',
    workflow           LowCardinality(String) comment 'unattributed when the calls name none',
    model              LowCardinality(String) comment 'that answered, as far as known',
    calls              UInt64 comment 'without the attempts that were not billed',
    reported_calls     UInt64 comment 'whose usage the provider reported in full',
    input_tokens       Nullable(UInt64) comment 'whole prompts; null when none was reported',
    cache_read_tokens  Nullable(UInt64) comment 'part of input_tokens',
    cache_write_tokens Nullable(UInt64) comment 'part of input_tokens',
    output_tokens      Nullable(UInt64) comment 'whole completions',
    reasoning_tokens   Nullable(UInt64) comment 'part of output_tokens',
    cost               Nullable(Decimal(38, 18)) comment 'USD, of the calls whose cost is known; null when not one is',
    unpriced_calls     UInt64 comment 'whose cost is unknown; not in cost'
)
as select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    call.service as service,
    call.service_version as service_version,
    if(call.workflow = '', 'unattributed', call.workflow) as workflow,
    call.model as model,
    countIf(call.pricing_status != 'not_billed') as calls,
    countIf(call.pricing_status != 'not_billed' and call.usage_source = 'provider') as reported_calls,
    sum(call.input_tokens) as input_tokens,
    sum(call.cache_read_tokens) as cache_read_tokens,
    sum(call.cache_write_tokens) as cache_write_tokens,
    sum(call.output_tokens) as output_tokens,
    sum(call.reasoning_tokens) as reasoning_tokens,
    if(calls = unpriced_calls, null, sum(call.cost)) as cost,
    countIf(call.pricing_status = 'unpriced') as unpriced_calls
from llm_calls as call
group by day, tenant, service, service_version, workflow, model
comment 'Tokens a day by service, version, workflow and model'
