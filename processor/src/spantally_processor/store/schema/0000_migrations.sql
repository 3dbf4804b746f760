create table if not exists migrations
(
    name       String comment 'folder and file of the package''s SQL',
    digest     String comment 'SHA-256 of the file as it was applied, hex; empty when its views were dropped because a later version has none of that name',
    creates    Array(String) comment 'views that it made',
    shape      LowCardinality(String) comment 'one server, replicated database or cluster and its name',
    program    LowCardinality(String) comment 'version of spantally-processor that applied it',
    applied_at DateTime64(6, 'UTC') default now64(6)
)
engine = ReplacingMergeTree(applied_at)
order by name
comment 'SQL files that this database has seen.'
