-- The spool: requests that were acknowledged and are not yet delivered everywhere.
create table if not exists records
(
    seq           integer primary key autoincrement, -- never used again, cursors rely on it
    tenant        text    not null,                 -- owner of the credential that it arrived with
    received_ns   integer not null,                 -- Unix time
    content_type  text    not null,
    encoding      text    not null,                 -- of body: '', gzip, zstd or deflate
    digest        blob    not null,                 -- of the decompressed body
    table_version text    not null,                 -- rate table that prices it, wherever it goes
    spans         integer not null,
    size          integer not null,                 -- bytes of body
    body          blob    not null,                 -- as received
    only_for      text                              -- the one destination that asked for it again
);
create index if not exists records_only_for on records (only_for, seq) where only_for is not null;

-- The rate tables that records name, in canonical form.
create table if not exists rate_tables
(
    version   text primary key,
    canonical blob not null
) without rowid;

-- How far each destination has got; a record goes when all of them have passed it.
create table if not exists cursors
(
    destination text    primary key,
    seq         integer not null                    -- the last record that needs no more work
) without rowid;

-- The batch that a destination is about to write, so that a crash repeats it exactly.
create table if not exists batches
(
    destination   text    primary key,
    first_seq     integer not null,
    last_seq      integer not null,
    booked_ns     integer not null,                 -- Unix time, the rows' ingested_at
    token         text    not null                  -- deduplication token of the insert
) without rowid;

-- Digests of what was accepted lately; outlives the records, so that a late resend is noticed.
create table if not exists digests
(
    tenant  text    not null,
    digest  blob    not null,
    seen_ns integer not null,
    primary key (tenant, digest)
) without rowid;
create index if not exists digests_by_age on digests (seen_ns);

-- Dead letters: what a destination could not take, kept with its error, out of the way of the rest.
create table if not exists quarantine
(
    id             integer primary key autoincrement,
    destination    text    not null,
    quarantined_ns integer not null,
    reason         text    not null,
    seq            integer not null,
    tenant         text,
    received_ns    integer,
    content_type   text,
    encoding       text,
    table_version  text,
    spans          integer not null,
    size           integer not null,
    body           blob,                             -- null when it was damaged or had no room
    digest         blob,
    wish           text                              -- what an operator wants: replay or drop
);
