create table if not exists llm_plans
(
    tenant          LowCardinality(String) comment 'of the calls that the customer makes',
    customer        String comment 'as in the tag customer' codec(ZSTD(1)),
    plan            LowCardinality(String) comment 'its name',
    valid_from      Date comment 'first day' codec(Delta, ZSTD(1)),
    valid_to        Nullable(Date) comment 'day after the last one; null while it holds',
    monthly_fee     Nullable(Decimal(38, 18)) comment 'USD for a month; null is unknown',
    included_tokens Nullable(UInt64) comment 'tokens a month; null is no limit',
    included_calls  Nullable(UInt64) comment 'calls a month; null is no limit',
    included_cost   Nullable(Decimal(38, 18)) comment 'USD of AI cost a month that the fee is meant to cover; null is no limit',
    source          LowCardinality(String) comment 'where the file comes from; an import replaces all plans of its own source',
    import_id       String comment 'SHA-256 of the file, hex' codec(ZSTD(1)),
    imported_at     DateTime64(6, 'UTC') comment 'of the imports of a source the latest holds' codec(Delta, ZSTD(1)),
    period          Date alias toDate('1970-01-01') comment 'what an import replaces as a whole: everything'
)
engine = ReplacingMergeTree
order by (tenant, source, imported_at, customer, valid_from)
settings non_replicated_deduplication_window = 10000
comment 'What customers are on, as imported; llm_plans_now has what holds.'
