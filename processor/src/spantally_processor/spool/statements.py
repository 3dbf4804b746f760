"""The spool's SQL, one function a question. The caller owns the transaction.

A record leaves when the slowest cursor has passed it. Its digest stays for `RESEND_WINDOW_NS`, so
that a resend is still noticed after the record is gone.
"""

from __future__ import annotations

import importlib.resources
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally_processor.otlp.decode import PROTOBUF
from spantally_processor.spool.records import (
    RECORD_OVERHEAD,
    Batch,
    Incoming,
    Record,
    SetAside,
    digest_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

RESEND_WINDOW_NS = 3600 * 10**9
"""For how long a resent request is recognised; later, its spans still are, by their ids."""

_RECORD = "seq, tenant, received_ns, content_type, encoding, digest, table_version, spans"

_INTO_QUARANTINE = """
insert into quarantine (destination, quarantined_ns, reason, seq, tenant, received_ns, content_type,
    encoding, table_version, spans, digest, size, body)
select :destination, :now, :reason, seq, tenant, received_ns, {content_type}, {encoding}, table_version,
    :spans, {digest}, :size, {body}
from records where seq = :seq
"""

_AS_RECEIVED = {name: name for name in ("content_type", "encoding", "digest", "body")}
_WITHOUT_BODY = _AS_RECEIVED | {"body": "null"}
_IN_PART = {"content_type": f"'{PROTOBUF}'", "encoding": "''", "digest": ":digest", "body": ":part"}

_ADDED = (("records", "only_for"), ("quarantine", "digest"), ("quarantine", "wish"))
"""Columns that a spool made before 2026-11-24 lacks."""

_BEFORE = """
records.seq > (select seq from cursors where destination = :destination)
and (only_for is null or only_for = :destination)
"""
"""Which records a destination has yet to take."""

_PASSED = """
seq <= (select min(seq) from cursors)
or only_for is not null and seq <= (select seq from cursors where destination = only_for)
"""
"""Which records nobody needs any more."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a finished batch gave back."""

    spans: int
    freed_bytes: int
    quarantined_bytes: int


def prepare(connection: sqlite3.Connection, destinations: Sequence[str]) -> list[str]:
    """Creates the tables and one cursor for each destination; returns which ones were forgotten."""
    for table, column in _ADDED:
        there = [name for _, name, *_ in connection.execute(f"pragma table_info({table})")]
        if there and column not in there:
            connection.execute(f"alter table {table} add column {column}")
    connection.executescript(
        importlib.resources.files(__package__ or "").joinpath("schema.sql").read_text()
    )
    known = [name for (name,) in connection.execute("select destination from cursors")]
    forgotten = sorted(set(known) - set(destinations))
    for name in forgotten:
        connection.execute("delete from cursors where destination = ?", (name,))
        connection.execute("delete from batches where destination = ?", (name,))
    for name in destinations:
        connection.execute("insert or ignore into cursors values (?, 0)", (name,))
    _delete_passed(connection)
    connection.execute(
        "delete from rate_tables where version not in (select table_version from records"
        " union select table_version from quarantine where table_version is not null)"
    )
    return forgotten


def bytes_kept(connection: sqlite3.Connection) -> int:
    """Returns the bytes of all bodies, with the overhead of each."""
    (total,) = connection.execute(
        "select (select coalesce(sum(size + ?), 0) from records)"
        " + (select coalesce(sum(size + ?), 0) from quarantine)",
        (RECORD_OVERHEAD, RECORD_OVERHEAD),
    ).fetchone()
    return total


def quarantined_bytes(connection: sqlite3.Connection) -> dict[str, int]:
    """Returns the bytes that each destination has in quarantine."""
    return dict(
        connection.execute(
            "select destination, sum(size + ?) from quarantine group by destination",
            (RECORD_OVERHEAD,),
        ).fetchall()
    )


def pending_spans(connection: sqlite3.Connection) -> dict[str, int]:
    """Returns how many spans each destination has before it."""
    return dict(
        connection.execute(
            "select destination, coalesce(sum(spans), 0) from cursors"
            " left join records on records.seq > cursors.seq"
            " and (only_for is null or only_for = destination) group by destination"
        ).fetchall()
    )


def cursors(connection: sqlite3.Connection) -> dict[str, int]:
    """Returns the last seq that each destination has finished."""
    return dict(connection.execute("select destination, seq from cursors").fetchall())


def keep_rate_table(connection: sqlite3.Connection, version: str, canonical: bytes) -> None:
    """Keeps a rate table for the records that will name it."""
    connection.execute("insert or ignore into rate_tables values (?, ?)", (version, canonical))


def rate_table(connection: sqlite3.Connection, version: str) -> bytes | None:
    """Returns the canonical form of a kept rate table."""
    row = connection.execute(
        "select canonical from rate_tables where version = ?", (version,)
    ).fetchone()
    return None if row is None else row[0]


def rate_table_versions(connection: sqlite3.Connection) -> list[str]:
    """Returns the versions of the kept rate tables."""
    return [row[0] for row in connection.execute("select version from rate_tables")]


def append(connection: sqlite3.Connection, request: Incoming) -> bool:
    """Inserts a request; returns False when the same one was accepted within the window."""
    noticed = connection.execute(
        "insert into digests values (?, ?, ?) on conflict do update set seen_ns = excluded.seen_ns"
        " where seen_ns < excluded.seen_ns - ?",
        (request.tenant, request.digest, request.received_ns, RESEND_WINDOW_NS),
    )
    if noticed.rowcount == 0:
        return False
    connection.execute(
        "insert into records (tenant, received_ns, content_type, encoding, digest,"
        " table_version, spans, size, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            request.tenant,
            request.received_ns,
            request.content_type,
            request.encoding,
            request.digest,
            request.table_version,
            request.spans,
            len(request.body),
            request.body,
        ),
    )
    return True


def pending_batch(connection: sqlite3.Connection, destination: str) -> Batch | None:
    """Returns the batch that was begun and not finished."""
    row = connection.execute(
        "select first_seq, last_seq, booked_ns, token from batches where destination = ?",
        (destination,),
    ).fetchone()
    if row is None:
        return None
    first_seq, last_seq, booked_ns, token = row
    return Batch(
        first_seq=first_seq,
        last_seq=last_seq,
        booked_ns=booked_ns,
        token=token,
    )


def next_range(
    connection: sqlite3.Connection,
    destination: str,
    after_seq: int,
    *,
    max_spans: int,
    max_bytes: int,
) -> tuple[int, int] | None:
    """Returns first and last seq after the cursor and `after_seq`, within the limits but at least one."""
    rows = connection.execute(
        f"select seq, spans, size from records where {_BEFORE} and seq > :after order by seq",  # noqa: S608 - fixed
        {"destination": destination, "after": after_seq},
    )
    first = last = None
    for seq, spans, size in rows:
        max_spans -= spans
        max_bytes -= size
        if first is not None and (max_spans < 0 or max_bytes < 0):
            break
        first = seq if first is None else first
        last = seq
    rows.close()
    return None if first is None or last is None else (first, last)


def read(
    connection: sqlite3.Connection, destination: str, first_seq: int, last_seq: int
) -> list[Record]:
    """Returns a destination's records; raises sqlite3.DatabaseError when a page is damaged."""
    rows = connection.execute(
        f"select {_RECORD}, body from records where seq between ? and ?"  # noqa: S608 - fixed columns
        " and (only_for is null or only_for = ?) order by seq",
        (first_seq, last_seq, destination),
    )
    return [_record(row) for row in rows]


def read_singly(
    connection: sqlite3.Connection, destination: str, first_seq: int, last_seq: int
) -> list[Record]:
    """Returns a destination's records, without the bodies that cannot be read."""
    seqs = connection.execute(
        "select seq from records where seq between ? and ?"
        " and (only_for is null or only_for = ?) order by seq",
        (first_seq, last_seq, destination),
    ).fetchall()
    records: list[Record] = []
    for (seq,) in seqs:
        try:
            records += read(connection, destination, seq, seq)
        except sqlite3.DatabaseError:
            row = connection.execute(
                f"select {_RECORD}, null from records where seq = ?",  # noqa: S608 - fixed columns
                (seq,),
            ).fetchone()
            records.append(_record(row))
    return records


def begin(connection: sqlite3.Connection, destination: str, batch: Batch) -> None:
    """Records the batch that a destination is about to write."""
    connection.execute(
        "insert or replace into batches values (?, ?, ?, ?, ?)",
        (destination, batch.first_seq, batch.last_seq, batch.booked_ns, batch.token),
    )


def finish(
    connection: sqlite3.Connection,
    destination: str,
    last_seq: int,
    quarantined: Sequence[SetAside],
    *,
    quarantine_room: int,
) -> Finished:
    """Moves the cursor, keeps what was refused, deletes what everybody has.

    Bodies go into quarantine as long as they fit into `quarantine_room`; later ones leave a note.
    """
    kept = 0
    for refused in quarantined:
        room = quarantine_room - kept
        kept += RECORD_OVERHEAD + _quarantine(connection, destination, refused, room=room)
    (spans,) = connection.execute(
        f"select coalesce(sum(spans), 0) from records where {_BEFORE} and seq <= :last",  # noqa: S608
        {"destination": destination, "last": last_seq},
    ).fetchone()
    connection.execute("update cursors set seq = ? where destination = ?", (last_seq, destination))
    connection.execute("delete from batches where destination = ?", (destination,))
    (passed,) = connection.execute(
        f"select coalesce(sum(size + ?), 0) from records where {_PASSED}",  # noqa: S608 - fixed
        (RECORD_OVERHEAD,),
    ).fetchone()
    _delete_passed(connection)
    return Finished(spans=spans, freed_bytes=passed - kept, quarantined_bytes=kept)


def oldest_received_ns(connection: sqlite3.Connection, destination: str) -> int | None:
    """Returns when the oldest record that a destination has not yet taken came in, in Unix ns."""
    row = connection.execute(
        f"select received_ns from records where {_BEFORE} order by seq limit 1",  # noqa: S608 - fixed
        {"destination": destination},
    ).fetchone()
    return None if row is None else row[0]


def _record(row: tuple[int, str, int, str, str, bytes, str, int, bytes | None]) -> Record:
    seq, tenant, received_ns, content_type, encoding, digest, table_version, spans, body = row
    return Record(
        seq=seq,
        tenant=tenant,
        received_ns=received_ns,
        content_type=content_type,
        encoding=encoding,
        digest=digest,
        table_version=table_version,
        spans=spans,
        body=body,
    )


def _quarantine(
    connection: sqlite3.Connection, destination: str, refused: SetAside, *, room: int
) -> int:
    """Keeps what was refused, without its body if that is damaged or has no room; returns the bytes kept."""
    (size,) = connection.execute(
        "select size from records where seq = ?", (refused.seq,)
    ).fetchone()
    values: dict[str, object] = {
        "destination": destination,
        "now": time.time_ns(),
        "reason": refused.reason[:2000],
        "seq": refused.seq,
        "spans": refused.spans,
    }
    columns = _AS_RECEIVED
    if refused.part is not None:
        size, columns = len(refused.part), _IN_PART
        values |= {"part": refused.part, "digest": digest_of(refused.part)}
    if size <= room:
        try:
            connection.execute(_INTO_QUARANTINE.format(**columns), values | {"size": size})
        except sqlite3.DatabaseError:
            pass
        else:
            return size
    connection.execute(_INTO_QUARANTINE.format(**_WITHOUT_BODY), values | {"size": 0})
    return 0


def _delete_passed(connection: sqlite3.Connection) -> None:
    connection.execute(f"delete from records where {_PASSED}")  # noqa: S608 - fixed
    connection.execute(
        "delete from digests where seen_ns < ?", (time.time_ns() - RESEND_WINDOW_NS,)
    )
