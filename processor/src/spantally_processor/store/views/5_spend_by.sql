-- Spend a day by any one dimension: spend_by(dimension = 'team'). A dimension is a column of llm_calls, or any
-- other tag as `tags.key_<name>`. All columns but the first three can be added up over days and values.
create or replace view spend_by
(
    day                    Date comment 'UTC, when the calls began',
    tenant                 LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    value                  String comment 'of the dimension; unattributed when the calls have none',
    cost                   Nullable(Decimal(38, 18)) comment 'USD, of the calls whose cost is known; null when not one is',
    list_cost              Nullable(Decimal(38, 18)) comment 'USD, the same at list price; null when not one is known',
    calls                  UInt64 comment 'without the attempts that were not billed',
    unpriced_calls         UInt64 comment 'whose cost is unknown; not in cost',
    partially_priced_calls UInt64 comment 'whose cost is a lower bound',
    not_billed_attempts    UInt64 comment 'that the provider refused, or a gateway''s cache answered',
    reported_calls         UInt64 comment 'whose usage the provider reported in full',
    input_tokens           Nullable(UInt64) comment 'whole prompts; null when none was reported',
    cache_read_tokens      Nullable(UInt64) comment 'part of input_tokens',
    output_tokens          Nullable(UInt64) comment 'whole completions',
    tokens                 UInt64 comment 'that were reported, input and output',
    priced_tokens          UInt64 comment 'of tokens: those that have a price',
    attributed_tokens      UInt64 comment 'of tokens: those of calls that name a team, project, feature, workflow or customer'
)
as select
    toDate(call.start_time) as day,
    call.tenant as tenant,
    if({dimension:Identifier} = '', 'unattributed', {dimension:Identifier}) as value,
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
group by day, tenant, value
comment 'Spend a day by any dimension: spend_by(dimension = ''team'')'
