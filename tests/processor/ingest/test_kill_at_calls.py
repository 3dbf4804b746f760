"""The spool, killed at the very system call: strace injects SIGKILL at the nth write, sync or unlink.

What was acknowledged is there or was delivered; what was finished does not come again; the next start goes on.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from spantally_processor.spool import Incoming, Spool, digest_of

if TYPE_CHECKING:
    from pathlib import Path

LIFE = """
import sys
from pathlib import Path
from spantally_processor.spool import Batch, Incoming, Spool, digest_of

spool = Spool(Path(sys.argv[1]), destinations=["ledger"], max_bytes=1 << 30)
for seq in range(1, 7):
    body = b"body %d" % seq
    spool.append(Incoming(
        tenant="", received_ns=seq, content_type="", encoding="", digest=digest_of(body),
        table_version="", spans=1, body=body,
    )).result()
    print("kept", seq, flush=True)
    if seq % 2 == 0:
        first, last = spool.next_range("ledger", max_spans=2)
        spool.begin("ledger", Batch(first_seq=first, last_seq=last, booked_ns=seq, token=f"t{seq}"))
        print("delivered", last, flush=True)
        spool.finish("ledger", last)
        print("finished", last, flush=True)
spool.close()
"""
"""Six requests, of which each second one lets a batch be delivered; says what it knows to be done."""

CALLS = {"pwrite64": range(1, 86, 6), "fdatasync": range(1, 15), "unlink": range(1, 3)}
"""Which of each call is the last. The thread that writes makes some 85, 14 and 2 of them (SQLite 3.40)."""

POINTS = [(call, number) for call, numbers in CALLS.items() for number in numbers]


def live_until(spool: Path, call: str, number: int) -> tuple[int, dict[str, set[int]]]:
    """Exit status, and what was said to be done before.

    The spool is made before, whose own writes would be counted as well.
    """
    Spool(spool, destinations=["ledger"], max_bytes=1 << 30).close()
    fault = f"inject={call}:signal=KILL:when={number}"
    tracing = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", fault)
    done = subprocess.run(
        [*tracing, sys.executable, "-c", LIFE, str(spool)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said: dict[str, set[int]] = {"kept": set(), "delivered": set(), "finished": set()}
    for line in done.stdout.splitlines():
        what, seq = line.split()
        said[what].add(int(seq))
    return done.returncode, said


@pytest.fixture(scope="module", autouse=True)
def _faults_can_be_injected(tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    status, _ = live_until(tmp_path_factory.mktemp("probe") / "spool.sqlite", "fdatasync", 1)
    if status != -signal.SIGKILL:
        pytest.skip("strace cannot inject faults here")


@pytest.mark.parametrize(("call", "number"), POINTS, ids=str)
def test_a_kill_at_any_system_call_keeps_what_was_acknowledged(
    tmp_path: Path, call: str, number: int
) -> None:
    path = tmp_path / "spool.sqlite"
    status, said = live_until(path, call, number)
    assert status == -signal.SIGKILL or said["finished"] == {2, 4, 6}

    spool = Spool(path, destinations=["ledger"], max_bytes=1 << 30)
    pending = spool.next_range("ledger", max_spans=100)
    records = spool.read("ledger", *pending) if pending else []
    there = {record.seq for record in records}
    delivered_up_to = max(said["delivered"], default=0)
    finished_up_to = max(said["finished"], default=0)
    assert all(record.body == b"body %d" % record.seq for record in records)
    assert {seq for seq in said["kept"] if seq > delivered_up_to} <= there
    assert min(there, default=7) > finished_up_to, "what was finished does not come again"
    assert spool.pending_spans("ledger") == len(there)

    body = b"the next one"
    request = Incoming(
        tenant="",
        received_ns=0,
        content_type="",
        encoding="",
        digest=digest_of(body),
        table_version="",
        spans=1,
        body=body,
    )
    assert spool.append(request).result()
    spool.close()
