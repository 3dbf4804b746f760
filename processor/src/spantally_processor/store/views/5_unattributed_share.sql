-- How much of the spend names nobody, and which service and key it comes from. Attributed is a call that names a team,
-- project, feature, workflow or customer.
create or replace view unattributed_share
(
    day                         Date comment 'UTC, when the calls began',
    tenant                      LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    service                     LowCardinality(String) comment 'service.name of who called',
    provider                    LowCardinality(String) comment 'that was called',
    share                       Nullable(Float64) comment 'unattributed_cost / cost; null when either is unknown',
    cost                        Nullable(Decimal(38, 18)) comment 'USD, of the calls whose cost is known; null when not one is',
    unattributed_cost           Nullable(Decimal(38, 18)) comment 'USD, of those that name nobody; 0 when there are none, null when none of them has a known cost',
    calls                       UInt64 comment 'without the attempts that were not billed',
    unattributed_calls          UInt64,
    unpriced_calls              UInt64 comment 'whose cost is unknown; not in cost',
    unattributed_unpriced_calls UInt64,
    tokens                      UInt64 comment 'that were reported, input and output',
    unattributed_tokens         UInt64
)
as select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    call.service as service,
    call.provider as provider,
    toFloat64(unattributed_cost) / nullIf(toFloat64(cost), 0) as share,
    if(calls = unpriced_calls, null, sum(call.cost)) as cost,
    multiIf(
        unattributed_calls = 0, 0,
        unattributed_calls = unattributed_unpriced_calls, null,
        sumIf(call.cost, not call.attributed)) as unattributed_cost,
    count() as calls,
    countIf(not call.attributed) as unattributed_calls,
    countIf(call.pricing_status = 'unpriced') as unpriced_calls,
    countIf(call.pricing_status = 'unpriced' and not call.attributed) as unattributed_unpriced_calls,
    sum(call.tokens) as tokens,
    sumIf(call.tokens, not call.attributed) as unattributed_tokens
from llm_calls as call
where call.pricing_status != 'not_billed'
group by day, tenant, service, provider
comment 'How much of the spend names nobody, by service'
