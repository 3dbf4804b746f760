create table if not exists restatements
(
    generation    String comment 'names the re-pricing' codec(ZSTD(1)),
    author        LowCardinality(String) comment 'who did it',
    reason        String comment 'why' codec(ZSTD(1)),
    period_from   DateTime64(6, 'UTC') comment 'calls that began from this time on',
    period_to     DateTime64(6, 'UTC') comment 'and before this time',
    table_version LowCardinality(String) comment 'sha256 of the rate table that it was done with',
    state         LowCardinality(String) comment 'running or complete; only a complete one counts',
    done_to       DateTime64(6, 'UTC') comment 'calls before this time are done',
    calls         UInt64 comment 'calls that were priced again so far',
    changed       UInt64 comment 'those of them with another cost, status or reason than booked',
    started_at    DateTime64(6, 'UTC'),
    updated_at    DateTime64(6, 'UTC') comment 'when this row was written; the latest holds'
)
engine = ReplacingMergeTree(updated_at)
order by generation
settings non_replicated_deduplication_window = 10000
comment 'Re-pricings of the past: who, when, why, with which rates. Read it with FINAL. What was booked stays.'
