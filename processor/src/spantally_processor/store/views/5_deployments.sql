-- When each version of a service made its first call: the marks to draw into every trend.
create or replace view deployments
(
    first_call      DateTime64(6, 'UTC') comment 'of this version, as far as it made LLM calls',
    tenant          LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    service         LowCardinality(String) comment 'service.name',
    service_version LowCardinality(String) comment 'service.version',
    last_call       DateTime64(6, 'UTC'),
    calls           UInt64 comment 'attempts that were not billed included'
)
as select
    min(call.start_time) as first_call,
    call.tenant as tenant,
    call.service as service,
    call.service_version as service_version,
    max(call.start_time) as last_call,
    count() as calls
from llm_calls as call
where call.service_version != ''
group by tenant, service, service_version
comment 'First and last call of each version of a service'
