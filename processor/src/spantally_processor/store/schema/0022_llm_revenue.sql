create table if not exists llm_revenue
(
    tenant      LowCardinality(String) comment 'of the calls that the customer made',
    month       Date comment 'first day of the month that the amounts are for' codec(Delta, ZSTD(1)),
    customer    String comment 'as in the tag customer' codec(ZSTD(1)),
    revenue     Nullable(Decimal(38, 18)) comment 'USD; what the customer pays for the month; null is unknown',
    other_cost  Nullable(Decimal(38, 18)) comment 'USD; what serving the customer costs besides AI; null is unknown, 0 is none',
    source      LowCardinality(String) comment 'where the file comes from; an import replaces the months of its own source',
    import_id   String comment 'SHA-256 of the file, hex' codec(ZSTD(1)),
    imported_at DateTime64(6, 'UTC') comment 'of the imports of a source and month the latest holds' codec(Delta, ZSTD(1)),
    period      Date alias month comment 'what an import replaces as a whole'
)
engine = ReplacingMergeTree
order by (tenant, source, month, imported_at, customer)
settings non_replicated_deduplication_window = 10000
comment 'What customers pay, by month, as imported; llm_revenue_now has what holds.'
