create table if not exists restated_spans
(
    generation      LowCardinality(String) comment 'of the restatement',
    tenant          LowCardinality(String) comment 'of the span',
    trace_id        String comment 'hex' codec(ZSTD(1)),
    span_id         String comment 'hex' codec(ZSTD(1)),
    start_time      DateTime64(6, 'UTC') comment 'when the call was made; its rate is the one in force then' codec(Delta, ZSTD(1)),
    pricing_status  LowCardinality(String) comment 'as in llm_spans',
    unpriced_reason LowCardinality(String) comment 'as in llm_spans',
    cost            Nullable(Decimal(38, 18)) comment 'USD, exact; null is unknown',
    list_cost       Nullable(Decimal(38, 18)) comment 'USD, exact; null is unknown',
    cost_source     LowCardinality(String) comment 'as in llm_spans'
)
engine = ReplacingMergeTree
partition by toYYYYMM(start_time)
order by (generation, tenant, toDate(start_time), trace_id, span_id)
settings non_replicated_deduplication_window = 10000
comment 'The calls of a restatement whose cost, status or reason is another than booked. Read it with FINAL.'
