-- Who spent how much in [from, to), ranked, and what changed since [before, from), for instance two quarters:
-- spend_change(dimension = 'team', before = '2026-04-01', from = '2026-07-01', to = '2026-10-01').
create or replace view spend_change
(
    rank                 UInt64 comment '1 is the costliest; those of unknown cost come last',
    rank_before          Nullable(UInt64) comment 'null when it had no call',
    tenant               LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    value                String comment 'of the dimension; unattributed when the calls have none',
    cost                 Nullable(Decimal(38, 18)) comment 'USD, of the calls whose cost is known; null when not one is',
    cost_before          Nullable(Decimal(38, 18)) comment 'USD; null when not one is known',
    change               Nullable(Decimal(38, 18)) comment 'USD, more than before; what was or is not there counts as 0, what is unknown makes it null',
    share                Nullable(Float64) comment 'of the tenant''s known cost in [from, to); all of them sum to 1',
    calls                UInt64 comment 'without the attempts that were not billed',
    calls_before         UInt64,
    unpriced_calls       UInt64 comment 'whose cost is unknown; not in cost',
    unpriced_calls_before UInt64,
    tokens               UInt64 comment 'that were reported, input and output',
    priced_tokens        UInt64 comment 'of tokens: those that have a price',
    reported_calls       UInt64 comment 'whose usage the provider reported in full'
)
as select
    row_number() over (partition by tenant order by cost desc nulls last, calls desc, value) as rank,
    if(calls_before = 0, null, row_number() over (partition by tenant order by cost_before desc nulls last, calls_before desc, value))
        as rank_before,
    tenant,
    value,
    cost,
    cost_before,
    if(calls = 0, 0, cost) - if(calls_before = 0, 0, cost_before) as change,
    toFloat64(cost) / nullIf(sum(toFloat64(cost)) over (partition by tenant), 0) as share,
    calls,
    calls_before,
    unpriced_calls,
    unpriced_calls_before,
    tokens,
    priced_tokens,
    reported_calls
from
(
    select
        spend.tenant as tenant,
        spend.value as value,
        sumIf(spend.cost, spend.day >= {from:Date}) as cost,
        sumIf(spend.cost, spend.day < {from:Date}) as cost_before,
        sumIf(spend.calls, spend.day >= {from:Date}) as calls,
        sumIf(spend.calls, spend.day < {from:Date}) as calls_before,
        sumIf(spend.unpriced_calls, spend.day >= {from:Date}) as unpriced_calls,
        sumIf(spend.unpriced_calls, spend.day < {from:Date}) as unpriced_calls_before,
        sumIf(spend.tokens, spend.day >= {from:Date}) as tokens,
        sumIf(spend.priced_tokens, spend.day >= {from:Date}) as priced_tokens,
        sumIf(spend.reported_calls, spend.day >= {from:Date}) as reported_calls
    from spend_by(dimension = {dimension:String}) as spend
    where spend.day >= {before:Date} and spend.day < {to:Date}
    group by tenant, value
)
comment 'Who spent how much and what changed: spend_change(dimension = ''team'', before = ''2026-04-01'', from = ''2026-07-01'', to = ''2026-10-01'')'
