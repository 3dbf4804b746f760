create table if not exists verdict_changes
(
    decided_at       DateTime64(6, 'UTC') comment 'when the span was compared with others' codec(Delta, ZSTD(1)),
    settlement       String comment 'names the changes that were written together' codec(ZSTD(1)),
    tenant           LowCardinality(String) comment 'owner of the credential that the span arrived with',
    trace_id         String comment 'hex' codec(ZSTD(1)),
    span_id          String comment 'hex' codec(ZSTD(1)),
    start_time       DateTime64(6, 'UTC') comment 'of the span' codec(Delta, ZSTD(1)),
    verdict          LowCardinality(String) comment 'what the span is from now on',
    counted_trace_id String comment 'hex; the trace of the span that says it better' codec(ZSTD(1)),
    counted_span_id  String comment 'hex; the span that says it better' codec(ZSTD(1)),
    judged           UInt32 comment 'how many spans were at hand'
)
engine = MergeTree
partition by toYYYYMM(decided_at)
order by (decided_at, settlement)
settings non_replicated_deduplication_window = 10000
comment 'Every change of a verdict, in the order in which they were decided; llm_spans has the latest.'
