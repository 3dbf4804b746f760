"""What the disk does to us: full, torn, and whether we wait for it before we say yes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spantally_processor.spool import Incoming, Spool, digest_of
from support.otlp import a_call, a_request, a_span
from support.processor import AWAY, FREE_PORTS, SERVE, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLENTY = 1 << 30
PROTOBUF = "application/x-protobuf"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_is_503_and_takes_again_when_there_is_room(small_disk: Path) -> None:
    accepted = 0
    with running(settings_in(small_disk, store=AWAY)) as processor:
        for number in range(100):
            body = a_request(a_call(), a_span({"x": os.urandom(400_000).hex()}))
            response = processor.post(body.SerializeToString())
            if response.status_code != 200:
                break
            accepted += 1
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert number > 5
        # Room comes back where something else was deleted.
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        until(lambda: processor.post(body.SerializeToString()).status_code == 200)
        accepted += 1
        pending = processor.metrics()['spantally_spans_pending{destination="ledger"}']
        assert pending == 2 * accepted


def test_a_full_disk_under_the_ledger_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    ledger = small_disk / "ledger"
    filler = small_disk / "filler"
    with running(settings_in(tmp_path / "data", store=f"chdb://{ledger}")) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        processor.settle()
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(1 << 16))
        retried = processor.metric("spantally_deliveries_retried_total")
        for _ in range(3):
            spans = [a_span({"x": 1}, name=os.urandom(40).hex()) for _ in range(2000)]
            body = a_request(a_call(), *spans).SerializeToString()
            assert processor.post(body).status_code == 200
        until(lambda: processor.metric("spantally_deliveries_retried_total") > retried)
        filler.unlink()
        processor.settle()
        assert processor.rows("select count() from llm_spans") == [(4,)]
        assert processor.rows("select count() from trace_steps") == [(6004,)]
        assert processor.metric("spantally_spans_quarantined_total") == 0


def kept(path: Path) -> list[bytes | None]:
    spool = Spool(path, destinations=["ledger"], max_bytes=PLENTY)
    bounds = spool.next_range("ledger", max_spans=10**6)
    records = [] if bounds is None else spool.read("ledger", *bounds)
    spool.close()
    return [record.body for record in records]


@pytest.fixture(scope="module")
def left_by_a_crash(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """The files of a spool that was never closed, and what was acknowledged into it."""
    folder = tmp_path_factory.mktemp("crash")
    spool = Spool(folder / "spool.sqlite", destinations=["ledger"], max_bytes=PLENTY)
    bodies = [bytes([number]) * 3000 for number in range(8)]
    for body in bodies:
        request = Incoming(
            tenant="",
            received_ns=time.time_ns(),
            content_type=PROTOBUF,
            encoding="",
            digest=digest_of(body),
            table_version="sha256:1",
            spans=1,
            body=body,
        )
        assert spool.append(request).result()
    copy = tmp_path_factory.mktemp("copy")
    for name in ("spool.sqlite", "spool.sqlite-wal"):
        shutil.copy(folder / name, copy / name)
    spool.close()
    return copy, bodies


@settings(max_examples=40)
@given(cut=st.integers(0, 60_000))
def test_a_torn_end_of_the_log_keeps_all_that_is_before_it(
    left_by_a_crash: tuple[Path, list[bytes]],
    cut: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    crashed, bodies = left_by_a_crash
    folder = tmp_path_factory.mktemp("torn")
    for file in crashed.iterdir():
        shutil.copy(file, folder / file.name)
    log = folder / "spool.sqlite-wal"
    whole = log.stat().st_size
    os.truncate(log, max(0, whole - cut))

    found = kept(folder / "spool.sqlite")

    assert found == bodies[: len(found)]
    if cut == 0:
        assert found == bodies
    shutil.rmtree(folder)


def test_a_damaged_log_is_read_up_to_the_damage_and_the_start_succeeds(
    left_by_a_crash: tuple[Path, list[bytes]], tmp_path: Path
) -> None:
    crashed, bodies = left_by_a_crash
    size = (crashed / "spool.sqlite-wal").stat().st_size
    lengths = set()
    for share in (0.3, 0.5, 0.7, 0.9):
        folder = tmp_path / str(share)
        shutil.copytree(crashed, folder)
        data = bytearray((folder / "spool.sqlite-wal").read_bytes())
        data[int(size * share)] ^= 0xFF
        (folder / "spool.sqlite-wal").write_bytes(data)
        found = kept(folder / "spool.sqlite")
        assert found == bodies[: len(found)]
        lengths.add(len(found))
    assert len(lengths) > 2


def test_the_spool_is_synced_before_the_answer(tmp_path: Path) -> None:
    """What strace sees: the body goes into the log, the log to the disk, then the answer out."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    calls = "trace=pwrite64,fdatasync,fsync,sendto,write,writev,openat"
    tracing = ("strace", "-f", "-y", "-s", "40", "-o", str(trace), "-e", calls)
    options = ("--data", str(tmp_path), "--store", AWAY, *FREE_PORTS, "--json")
    with subprocess.Popen(
        [*tracing, *SERVE, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.skip("processes cannot be traced here")
        ready = json.loads(line)["ready"]
        before = trace.read_text(errors="replace").count("\n")
        body = a_request(a_call()).SerializeToString()
        url = ready["otlp_http"] + "/v1/traces"
        assert httpx.post(url, content=body, headers={"content-type": PROTOBUF}).status_code == 200
        os.kill(ready["pid"], signal.SIGTERM)
        process.wait(30)

    lines = trace.read_text(errors="replace").splitlines()[before:]
    log = r"spool\.sqlite-wal>"
    written = next(
        at for at, line in enumerate(lines) if re.search(rf"pwrite64\(\d+<.*{log}", line)
    )
    answered = next(at for at, line in enumerate(lines) if "HTTP/1.1 200" in line)
    synced = [at for at, line in enumerate(lines) if re.search(rf"f(data)?sync\(\d+<.*{log}", line)]
    assert any(written < at < answered for at in synced), "\n".join(lines[:answered])


def test_a_damaged_database_is_named_and_never_replaced_by_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    Spool(path, destinations=["ledger"], max_bytes=PLENTY).close()
    data = bytearray(path.read_bytes())
    data[:100] = os.urandom(100)
    path.write_bytes(data)

    with pytest.raises(Exception, match=r"spool\.sqlite"):
        Spool(path, destinations=["ledger"], max_bytes=PLENTY)

    assert path.read_bytes() == bytes(data)
    with pytest.raises(sqlite3.DatabaseError), contextlib.closing(sqlite3.connect(path)) as broken:
        broken.execute("select 1 from records").fetchone()
