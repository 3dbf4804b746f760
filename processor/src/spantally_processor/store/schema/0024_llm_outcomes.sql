create table if not exists llm_outcomes
(
    tenant      LowCardinality(String) comment 'of the calls that led to them',
    day         Date comment 'UTC day on which they were reached' codec(Delta, ZSTD(1)),
    outcome     LowCardinality(String) comment 'what was reached: resolved ticket, merged pull request',
    workflow    LowCardinality(String) comment 'as in the tag workflow; empty where the trace says it',
    trace_id    String comment 'hex; the run that reached it; empty where only the workflow is known' codec(ZSTD(1)),
    count       UInt64 comment 'how many' codec(T64, ZSTD(1)),
    source      LowCardinality(String) comment 'where the file comes from; an import replaces the days of its own source',
    import_id   String comment 'SHA-256 of the file, hex' codec(ZSTD(1)),
    imported_at DateTime64(6, 'UTC') comment 'of the imports of a source and day the latest holds' codec(Delta, ZSTD(1)),
    period      Date alias day comment 'what an import replaces as a whole'
)
engine = ReplacingMergeTree
order by (tenant, source, day, imported_at, outcome, workflow, trace_id)
settings non_replicated_deduplication_window = 10000
comment 'What the runs achieved, as imported; llm_outcomes_now has what holds.'
