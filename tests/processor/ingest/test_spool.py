"""The spool keeps what it acknowledged until every destination has it, and within its budget."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.errors import SpoolError, TryLater
from spantally_processor.spool import Batch, Incoming, SetAside, Spool, digest_of
from spantally_processor.spool.records import RECORD_OVERHEAD
from spantally_processor.spool.statements import RESEND_WINDOW_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW_NS = time.time_ns()
PLENTY = 1 << 30


@pytest.fixture
def open_spool(tmp_path: Path) -> Iterator[Callable[..., Spool]]:
    """Opens the same spool as often as asked; the one before is closed."""
    opened: list[Spool] = []

    def open_(*destinations: str, max_bytes: int = PLENTY) -> Spool:
        for spool in opened:
            spool.close()
        opened.append(
            Spool(
                tmp_path / "spool.sqlite",
                destinations=destinations or ("ledger",),
                max_bytes=max_bytes,
            )
        )
        return opened[-1]

    yield open_
    for spool in opened:
        spool.close()


def incoming(body: bytes, **changes: Any) -> Incoming:
    defaults: dict[str, Any] = {
        "tenant": "",
        "received_ns": NOW_NS,
        "content_type": "application/x-protobuf",
        "encoding": "",
        "digest": digest_of(body),
        "table_version": "sha256:1",
        "spans": 2,
        "body": body,
    }
    return Incoming(**defaults | changes)


def keep(spool: Spool, *bodies: bytes, **changes: Any) -> None:
    for body in bodies:
        assert spool.append(incoming(body, **changes)).result()


def bodies_before(spool: Spool, destination: str = "ledger") -> list[bytes | None]:
    bounds = spool.next_range(destination, max_spans=10**6)
    return [] if bounds is None else [record.body for record in spool.read(destination, *bounds)]


def test_what_was_kept_comes_back_whole_and_in_order(open_spool: Callable[..., Spool]) -> None:
    keep(open_spool(), b"one", b"two", tenant="acme", encoding="gzip", spans=7)

    spool = open_spool()

    first, second = spool.read("ledger", *spool.next_range("ledger", max_spans=100) or (0, 0))
    assert (first.body, second.body) == (b"one", b"two")
    assert (first.tenant, first.encoding, first.spans) == ("acme", "gzip", 7)
    assert first.digest == digest_of(b"one")
    assert spool.pending_spans("ledger") == 14


def test_a_resend_is_acknowledged_and_not_kept_twice_not_even_after_a_restart(
    open_spool: Callable[..., Spool],
) -> None:
    spool = open_spool()
    keep(spool, b"one")
    assert spool.append(incoming(b"one")).result() is False
    spool.finish("ledger", 1)
    assert spool.append(incoming(b"one")).result() is False

    spool = open_spool()
    later = incoming(b"one", received_ns=NOW_NS + RESEND_WINDOW_NS)

    assert spool.append(later).result() is False
    assert bodies_before(spool) == []
    assert spool.bytes_kept == 0


def test_the_same_body_is_new_for_another_tenant_and_after_the_window(
    open_spool: Callable[..., Spool],
) -> None:
    spool = open_spool()
    keep(spool, b"one")
    keep(spool, b"one", tenant="acme")
    keep(spool, b"one", received_ns=NOW_NS + RESEND_WINDOW_NS + 1)

    assert bodies_before(spool) == [b"one"] * 3


def test_a_record_leaves_when_the_slowest_destination_has_it(
    open_spool: Callable[..., Spool],
) -> None:
    spool = open_spool("ledger", "forward")
    keep(spool, b"one", b"two")

    spool.finish("ledger", 2)
    assert bodies_before(spool) == []
    assert bodies_before(spool, "forward") == [b"one", b"two"]
    assert spool.bytes_kept == 6 + 2 * RECORD_OVERHEAD

    spool.finish("forward", 1)
    assert spool.bytes_kept == 3 + RECORD_OVERHEAD
    assert (spool.pending_spans("ledger"), spool.pending_spans("forward")) == (0, 2)


def test_a_cursor_never_skips_a_record_although_all_before_it_were_deleted(
    open_spool: Callable[..., Spool],
) -> None:
    keep(spool := open_spool(), b"one")
    spool.finish("ledger", 1)
    keep(spool := open_spool(), b"two")

    assert bodies_before(spool) == [b"two"]


def test_a_destination_that_was_removed_holds_nothing_back(
    open_spool: Callable[..., Spool],
) -> None:
    keep(spool := open_spool("ledger", "forward"), b"one")
    spool.finish("ledger", 1)

    assert open_spool("ledger").bytes_kept == 0


def test_a_new_destination_starts_with_the_oldest_record_that_is_there(
    open_spool: Callable[..., Spool],
) -> None:
    keep(open_spool("ledger"), b"one")

    assert bodies_before(open_spool("ledger", "forward"), "forward") == [b"one"]


def test_a_batch_that_was_begun_is_the_same_after_a_restart(
    open_spool: Callable[..., Spool],
) -> None:
    keep(spool := open_spool(), b"one", b"two")
    batch = Batch(first_seq=1, last_seq=1, booked_ns=NOW_NS, token="t")
    spool.begin("ledger", batch)

    spool = open_spool()
    assert spool.pending_batch("ledger") == batch

    spool.finish("ledger", batch.last_seq)
    assert spool.pending_batch("ledger") is None
    assert bodies_before(spool) == [b"two"]


def test_a_range_respects_the_number_of_spans_but_has_at_least_one_record(
    open_spool: Callable[..., Spool],
) -> None:
    spool = open_spool()
    assert spool.next_range("ledger", max_spans=5) is None
    keep(spool, b"1", b"2", b"3", spans=2)

    assert spool.next_range("ledger", max_spans=5) == (1, 2)
    assert spool.next_range("ledger", max_spans=1) == (1, 1)


def test_past_the_budget_a_request_is_refused_until_something_left(
    open_spool: Callable[..., Spool],
) -> None:
    spool = open_spool(max_bytes=2 * (RECORD_OVERHEAD + 3))
    keep(spool, b"one", b"two")
    assert spool.is_full
    with pytest.raises(TryLater, match="full"):
        spool.append(incoming(b"six"))

    spool.finish("ledger", 1)

    assert not spool.is_full
    keep(spool, b"six")


def test_a_resend_takes_no_room(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool(max_bytes=2 * (RECORD_OVERHEAD + 3))
    keep(spool, b"one")
    for _ in range(5):
        assert spool.append(incoming(b"one")).result() is False

    keep(spool, b"two")


def test_a_record_in_quarantine_is_out_of_the_way_and_still_there(
    open_spool: Callable[..., Spool], tmp_path: Path
) -> None:
    keep(spool := open_spool(), b"bad", b"good")

    spool.finish("ledger", 2, [SetAside(seq=1, spans=1, reason="it cannot be read")])

    assert bodies_before(spool) == []
    assert spool.bytes_kept == 3 + RECORD_OVERHEAD
    assert open_spool().bytes_kept == 3 + RECORD_OVERHEAD
    with sqlite3.connect(tmp_path / "spool.sqlite") as connection:
        rows = connection.execute("select destination, seq, reason, body from quarantine")
        assert rows.fetchall() == [("ledger", 1, "it cannot be read", b"bad")]
    connection.close()


def test_a_destination_that_refuses_everything_cannot_fill_the_spool_with_bodies(
    open_spool: Callable[..., Spool], tmp_path: Path
) -> None:
    spool = open_spool()
    for number in range(1, 5):
        keep(spool, b"body %d" % number)
        refused = [SetAside(seq=number, spans=1, reason="404")]
        spool.finish("ledger", number, refused, max_quarantine_bytes=2 * RECORD_OVERHEAD)

    connection = sqlite3.connect(tmp_path / "spool.sqlite")
    bodies = connection.execute("select body from quarantine order by seq").fetchall()
    connection.close()
    assert bodies == [(b"body 1",), (b"body 2",), (None,), (None,)]
    kept = 12 + 4 * RECORD_OVERHEAD
    assert spool.bytes_kept == kept
    assert open_spool().bytes_kept == kept


def test_a_full_disk_refuses_and_loses_nothing_of_what_was_kept(
    open_spool: Callable[..., Spool],
) -> None:
    spool = open_spool()
    keep(spool, b"one")
    # A page limit is SQLite's own full disk: the same error from the same place.
    spool._writer.submit(lambda c: c.execute("pragma max_page_count = 1").fetchone()).result()

    with pytest.raises(SpoolError, match="full"):
        spool.append(incoming(bytes(1 << 20))).result()

    assert bodies_before(spool) == [b"one"]
    spool._writer.submit(lambda c: c.execute("pragma max_page_count = 1000000").fetchone()).result()
    keep(spool, b"two")
    assert spool.bytes_kept == 6 + 2 * RECORD_OVERHEAD


def test_the_spool_has_one_process(open_spool: Callable[..., Spool], tmp_path: Path) -> None:
    open_spool()

    with pytest.raises(SpoolError, match="another process has"):
        Spool(tmp_path / "spool.sqlite", destinations=["ledger"], max_bytes=PLENTY)


def test_a_file_that_is_no_spool_is_named_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    path.write_bytes(b"this is not a database, it only has the right name" * 100)

    with pytest.raises(SpoolError, match=r"spool\.sqlite"):
        Spool(path, destinations=["ledger"], max_bytes=PLENTY)


def test_the_spool_is_for_its_owner_only(open_spool: Callable[..., Spool], tmp_path: Path) -> None:
    keep(open_spool(), b"one")

    files = sorted(tmp_path.glob("spool.sqlite*"))
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_after_close_a_request_is_refused(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()
    spool.close()

    with pytest.raises(SpoolError, match="closed"):
        spool.append(incoming(b"one")).result()


def test_many_senders_at_once_are_all_kept(open_spool: Callable[..., Spool]) -> None:
    spool = open_spool()

    def send(sender: int) -> None:
        keep(spool, *(b"%d-%d" % (sender, number) for number in range(50)))

    senders = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    kept = bodies_before(open_spool())
    assert len(kept) == len(set(kept)) == 400


@given(flips=st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_flipped_bits_in_bodies_never_stop_reading(
    flips: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("spool") / "spool.sqlite"
    spool = Spool(path, destinations=["ledger"], max_bytes=PLENTY)
    body = b"a body that fills several pages;" * 500
    keep(spool, *(body + bytes([number]) for number in range(4)))
    spool.close()
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data.startswith(b"a body that fills", at)]
    # Inside the bodies, where most of the file is.
    for at in {starts[flip % len(starts)] + flip % 17 for flip in flips}:
        data[at] ^= 0xFF
    path.write_bytes(data)

    spool = Spool(path, destinations=["ledger"], max_bytes=PLENTY)
    records = spool.read("ledger", *spool.next_range("ledger", max_spans=100) or (0, 0))
    spool.close()

    assert len(records) == 4
    damaged = [r for r in records if r.body is None or digest_of(r.body) != r.digest]
    assert damaged, "a flipped bit was not noticed"
