"""What the ledger's own work takes at ten million calls: roll-up from nothing, a re-pricing, forgetting a user.

Run: `python tests/bench/ledger_work.py [--keep FOLDER]`, with the folder of `tests/bench/queries.py`, or else
on a ledger made for it. Each is the command that an operator would run, in a process of its own with nobody
else on the ledger; wall and CPU time and memory are those of the whole process. Compare numbers of one
machine only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from queries import generate
from spantally_processor.store import open_store

COMMANDS = {
    "roll-up of 90 days, from nothing": ("rollup",),
    "re-price, the difference alone": ("reprice", "--dry-run"),
    "re-price, shown and written": ("reprice", "--why", "measured", "--yes"),
    "forget a user": ("forget", "--user", "user-17"),
}
PROGRAM = (sys.executable, "-c", "from spantally_processor.cli import main; main()")


def forget_roll_ups(url: str) -> None:
    """As if nothing had ever been rolled up."""
    store = open_store(url)
    store.migrate()
    for table in ("rollups", "spend_hourly", "spend_daily", "trace_daily"):
        store._engine.command(f"truncate table {table}")  # type: ignore[attr-defined]
    store.close()


def measure(name: str, command: tuple[str, ...], url: str) -> None:
    """Runs one command and prints what it took."""
    began = time.perf_counter()
    process = subprocess.Popen([*PROGRAM, *command, "--store", url], stdout=subprocess.PIPE)
    assert process.stdout is not None
    printed = process.stdout.read().decode().strip().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    cpu, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(f"{name:34} {wall:7.1f} s, {cpu:7.1f} s of CPU, {memory:6.0f} MB at most", flush=True)
    if os.waitstatus_to_exitcode(status):
        print(f"  ended with {os.waitstatus_to_exitcode(status)}: {printed[-1:]}")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path, help="folder of a ledger of queries.py")
    parser.add_argument("--only", choices=COMMANDS, action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary) / "ledger").absolute()
        if not folder.exists():
            generate(folder, options.calls)
        for name in options.only or COMMANDS:
            if name.startswith("roll-up"):
                forget_roll_ups(f"chdb://{folder}")
            measure(name, COMMANDS[name], f"chdb://{folder}")


if __name__ == "__main__":
    sys.exit(main())
