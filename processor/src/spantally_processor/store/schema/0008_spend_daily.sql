create table if not exists spend_daily
(
    day                    Date comment 'calls that began on this day, UTC',
    customer               String comment 'tag; empty when absent' codec(ZSTD(1)),
    tenant                 LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    service                LowCardinality(String) comment 'service.name of the resource',
    provider               LowCardinality(String) comment 'gen_ai.provider.name',
    model                  LowCardinality(String) comment 'the model that answered, as far as known',
    operation              LowCardinality(String) comment 'gen_ai.operation.name',
    team                   LowCardinality(String) comment 'tag; empty when absent',
    project                LowCardinality(String) comment 'tag; empty when absent',
    feature                LowCardinality(String) comment 'tag; empty when absent',
    workflow               LowCardinality(String) comment 'tag; empty when absent',
    environment            LowCardinality(String) comment 'tag; empty when absent',
    property               LowCardinality(String) comment 'tag; empty when absent',
    calls                  UInt64 comment 'without the attempts that were not billed',
    not_billed_attempts    UInt64 comment 'attempts that the provider refused',
    unpriced_calls         UInt64 comment 'calls of unknown cost',
    partially_priced_calls UInt64 comment 'calls whose cost is a lower bound',
    reported_calls         UInt64 comment 'calls whose usage the provider reported in full',
    input_tokens           UInt64 comment 'tokens; whole prompts, cached and written included',
    cache_read_tokens      UInt64 comment 'tokens; part of input_tokens',
    cache_write_tokens     UInt64 comment 'tokens; part of input_tokens',
    output_tokens          UInt64 comment 'tokens; whole completions, reasoning included',
    tokens                 UInt64 comment 'input and output tokens that were reported',
    priced_tokens          UInt64 comment 'those of them that have a price',
    cost                   Nullable(Decimal(38, 18)) comment 'USD, exact; sum of the known costs, null where none is known',
    attributed_cost        Nullable(Decimal(38, 18)) comment 'USD; of calls with a team, project, feature, workflow or customer',
    list_cost              Nullable(Decimal(38, 18)) comment 'USD; sum of the known list prices'
)
engine = MergeTree
partition by toYYYYMMDD(day)
order by (tenant, day, team, feature, workflow, model)
comment 'Spend by day and customer, a cache of llm_calls: whole days are made anew when something of them changed. See rollups.'
