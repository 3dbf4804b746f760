create table if not exists trace_steps
(
    tenant         LowCardinality(String) comment 'owner of the credential that the span arrived with',
    trace_id       String comment 'hex' codec(ZSTD(1)),
    span_id        String comment 'hex' codec(ZSTD(1)),
    parent_span_id String comment 'hex; empty for a root span' codec(ZSTD(1)),
    start_time     DateTime64(6, 'UTC') codec(Delta, ZSTD(1)),
    duration_us    UInt64 comment 'microseconds' codec(T64, ZSTD(1)),
    name           LowCardinality(String) comment 'span name',
    service        LowCardinality(String) comment 'service.name of the resource',
    error          Bool comment 'the span ended with status ERROR',
    tag_keys       Array(LowCardinality(String)) comment 'names of the attribution tags that the span carries; where one is gone, it was lost',
    ingested_at    DateTime64(6, 'UTC') comment 'when the processor booked it' codec(Delta, ZSTD(1)),

    index ingested_at_minmax ingested_at type minmax granularity 4
)
engine = ReplacingMergeTree
partition by toYYYYMM(start_time)
order by (tenant, trace_id, span_id)
settings
    merge_selector_base = 16,
    min_bytes_for_wide_part = 134217728,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1
comment 'The skeleton of every trace, LLM spans included: enough to draw the steps of a run, no attributes.'
