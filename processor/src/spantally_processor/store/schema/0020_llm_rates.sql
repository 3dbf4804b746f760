create table if not exists llm_rates
(
    table_version LowCardinality(String) comment 'sha256 of the rate table, as in llm_spans',
    rate_id       String comment 'as in llm_spans.lines.rate_id and lines.list_rate_id; one price of one meter in one context' codec(ZSTD(1)),
    layer         LowCardinality(String) comment 'list: the vendor''s price; contract: what is booked instead',
    provider      LowCardinality(String) comment 'as in the rate files',
    model         LowCardinality(String) comment 'as in llm_spans.lines.model',
    model_names   Array(LowCardinality(String)) comment 'names that calls may give the model; {yyyymmdd} and {yyyy-mm-dd} stand for a date',
    meter         LowCardinality(String) comment 'what is counted, as in llm_spans.lines.meter',
    unit_price    Decimal(38, 24) comment 'USD for per of the meter, before the factor' codec(ZSTD(1)),
    per           UInt32 comment 'how many of the meter the unit price is for',
    unit          LowCardinality(String) comment 'the same in words',
    factor        Decimal(38, 24) comment 'multiplies the unit price; 1 where nothing does' codec(ZSTD(1)),
    factors       Array(LowCardinality(String)) comment 'names of what was multiplied into the factor',
    currency      LowCardinality(String) comment 'of the unit price: USD; a contract''s other currency is converted at its own rate',
    context       Map(LowCardinality(String), LowCardinality(String)) comment 'in which it holds: service_tier, processing …; the first of several',
    windows       LowCardinality(String) comment 'weekdays (0 is Monday) and minutes of the UTC day in which alone it holds; empty for any time',
    at_least      UInt64 comment 'tokens of the prompt from which on it holds; 0 for any size' codec(T64, ZSTD(1)),
    valid_from    DateTime64(6, 'UTC') comment 'calls that began from this time on' codec(Delta, ZSTD(1)),
    valid_to      Nullable(DateTime64(6, 'UTC')) comment 'and before this one; null while it holds',
    source        LowCardinality(String) comment 'page or contract that it was read in',
    checked       LowCardinality(String) comment 'day on which it was last compared with its source; empty when nobody has',
    booked_at     DateTime64(6, 'UTC') comment 'when the processor wrote it' codec(Delta, ZSTD(1))
)
engine = ReplacingMergeTree(booked_at)
order by (table_version, rate_id, meter)
settings non_replicated_deduplication_window = 10000
comment 'Every price of every rate table that was in use. Read it with FINAL; join lines on table_version, rate_id and meter.'
