-- For how many calls the provider said what was used, by who called what.
create or replace view usage_coverage
(
    day                 Date comment 'UTC, when the calls began',
    tenant              LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    service             LowCardinality(String) comment 'service.name of who called',
    provider            LowCardinality(String) comment 'that was called',
    model               LowCardinality(String) comment 'that answered, as far as known',
    reported_share      Nullable(Float64) comment 'reported_calls / calls; null without a call',
    calls               UInt64 comment 'without the attempts that were not billed',
    reported_calls      UInt64 comment 'whose usage is complete',
    partial_calls       UInt64 comment 'some of it is missing: a stream was cut, or the emitter leaves cached tokens out',
    missing_calls       UInt64 comment 'nothing was reported',
    missing_streams     UInt64 comment 'of missing_calls: streams, whose usage an app must ask some providers for',
    not_billed_attempts UInt64 comment 'that the provider refused, or a gateway''s cache answered'
)
as select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    call.service as service,
    call.provider as provider,
    call.model as model,
    reported_calls / nullIf(calls, 0) as reported_share,
    countIf(call.usage_source != 'not_billed') as calls,
    countIf(call.usage_source = 'provider') as reported_calls,
    countIf(call.usage_source = 'partial') as partial_calls,
    countIf(call.usage_source = 'missing') as missing_calls,
    countIf(call.usage_source = 'missing' and call.streaming) as missing_streams,
    countIf(call.usage_source = 'not_billed') as not_billed_attempts
from llm_calls as call
group by day, tenant, service, provider, model
comment 'Calls whose usage was reported in full, in part or not at all'
