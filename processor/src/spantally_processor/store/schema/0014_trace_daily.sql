create table if not exists trace_daily
(
    day                    Date comment 'calls that began on this day, UTC; a run over midnight has a row on either',
    tenant                 LowCardinality(String) comment 'owner of the credential that the spans arrived with',
    run                    String comment 'hex; the trace_id' codec(ZSTD(1)),
    start_time             DateTime64(6, 'UTC') comment 'when the first of them began' codec(Delta, ZSTD(1)),
    workflow               LowCardinality(String) comment 'the first that they name; empty when none does',
    services               Array(LowCardinality(String)) comment 'that made them',
    calls_of               Map(LowCardinality(String), UInt32) comment 'service and model to the number of calls',
    calls                  UInt32 comment 'calls, without the attempts that were not billed' codec(T64, ZSTD(1)),
    not_billed_attempts    UInt32 comment 'attempts that the provider refused' codec(T64, ZSTD(1)),
    unpriced_calls         UInt32 comment 'calls of unknown cost' codec(T64, ZSTD(1)),
    partially_priced_calls UInt32 comment 'calls whose cost is a lower bound' codec(T64, ZSTD(1)),
    tokens                 UInt64 comment 'input and output tokens that were reported' codec(T64, ZSTD(1)),
    priced_tokens          UInt64 comment 'tokens among them that have a price' codec(T64, ZSTD(1)),
    cost                   Nullable(Decimal(38, 18)) comment 'USD, exact; sum of the known costs, null where none is known',
    first_call_cost        Nullable(Decimal(38, 18)) comment 'USD, exact; of the first call that was billed; null when unknown'
)
engine = MergeTree
partition by toYYYYMMDD(day)
order by (tenant, day, workflow, start_time)
comment 'Runs (traces) by day, a cache of llm_calls: whole days are made anew when something of them changed. Read run_days, which has the days that are not in it yet as well.'
