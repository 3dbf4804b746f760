create table if not exists llm_owners
(
    loaded_at   DateTime64(6, 'UTC') comment 'of the versions of the catalogue the latest holds' codec(Delta, ZSTD(1)),
    version     LowCardinality(String) comment 'SHA-256 of what the catalogue says, hex',
    kind        LowCardinality(String) comment 'service or team',
    name        LowCardinality(String) comment 'service.name, or the team as in the tag team',
    valid_from  DateTime64(6, 'UTC') comment 'calls that began from this time on',
    valid_to    Nullable(DateTime64(6, 'UTC')) comment 'and before this one; null while it holds',
    team        LowCardinality(String) comment 'of a service: who owns it',
    lead        LowCardinality(String) comment 'of a team: who leads it',
    manager     LowCardinality(String) comment 'of a team: who answers for what it spends',
    cost_centre LowCardinality(String) comment 'of a team: where that is booked'
)
engine = ReplacingMergeTree
order by (loaded_at, kind, name, valid_from)
settings non_replicated_deduplication_window = 10000
comment 'Every version of the owner catalogue; llm_owners_now has the one that holds.'
