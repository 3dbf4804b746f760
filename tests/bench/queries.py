"""What analysts wait for: questions to a ledger of ten million calls, cold and warm, and bytes a row.

Run: `python tests/bench/queries.py [--calls 10000000] [--keep FOLDER]`. The calls are made inside the engine
(generated_calls.sql), 90 days of them, and parts merge or not as the engine likes; a folder that is kept is
used again. Warm is the best of several runs. Cold is the first run after the engine's caches are dropped and
the kernel is told to forget the files, which it may not do. CPU is that of all threads: where the machine has
other work, half of it is what two free cores would take at best. Compare numbers of one machine only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from spantally_processor.store import open_store
from spantally_processor.store.reading import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally_processor.store.engine import Engine

HERE = Path(__file__).parent
DAYS = 90
FIRST = datetime(2026, 7, 1, tzinfo=UTC)

NAMES = {
    "month": "day >= '2026-08-01' and day < '2026-09-01'",
    "period": "from = '2026-08-01', to = '2026-09-01'",
    "day": "from = '2026-08-14', to = '2026-08-15'",
}
QUESTIONS = {
    "one trace, the ledger": "select span_id, cost from llm_calls where trace_id = '$trace'",
    "one trace, whole": "select * from trace_cost where trace_id = '$trace'",
    "total, all days": "select count(), sum(cost), sum(tokens) from llm_calls",
    "month by team": "select team, sum(cost) from spend_by_team where $month group by team",
    "month by feature": "select feature, sum(cost) from spend_by_feature where $month group by feature",
    "month by team and feature": "select team, feature, sum(cost) from llm_calls_between($period)"
    " group by team, feature",
    "month by team, with coverage": "select team, sum(cost), sum(calls), sum(unpriced_calls), sum(tokens),"
    " sum(priced_tokens), sum(reported_calls) from spend_by_team where $month group by team",
    "month by another tag": "select value, sum(cost) from spend_by(dimension = 'tags.key_region')"
    " where $month group by value",
    "month, top customers": "select customer, sum(cost) as usd from spend_by_customer where $month"
    " group by customer order by usd desc limit 10",
    "month, unattributed share": "select toFloat64(sum(unattributed_cost)) / toFloat64(sum(cost))"
    " from unattributed_share where $month",
    "month, tokens a day": "select day, sum(input_tokens) from token_trends where $month group by day",
    "day, p95 of a run": "select workflow, p95 from action_cost_distribution($day, every = 'day')",
    "month, p95 of a run": "select workflow, p95 from action_cost_distribution($period, every = 'month')",
    "month, costliest runs": "select trace_id, cost from agent_cost($period) order by cost desc limit 10",
    "sum by trace, all days": "select max(cost)"
    " from (select sum(cost) as cost from llm_calls group by trace_id)",
}
"""Each with what `NAMES` and the trace stand for."""


def generate(folder: Path, calls: int) -> None:
    """Fills a ledger with calls of ninety days, day by day."""
    store = open_store(f"chdb://{folder}")
    store.migrate()
    engine: Engine = store._engine  # type: ignore[attr-defined]
    a_day = calls // DAYS // 12 * 12
    started = time.perf_counter()
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        named = {"day": day, "first": number * a_day, "calls": a_day}
        engine.command((HERE / "generated_calls.sql").read_text(encoding="utf-8"), named)
        engine.command((HERE / "generated_steps.sql").read_text(encoding="utf-8"), {"day": day})
    print(f"{a_day * DAYS:,} calls made in {time.perf_counter() - started:.0f} s")
    wall, cpu = seconds(store.roll_up)
    print(f"rolled up in {wall:.0f} s, {cpu:.0f} s of CPU")
    # Questions are asked as they would be ten minutes later, when the roll-ups have everything for good.
    engine.command("insert into rollups (began_at, ended_at, layout) select now() + 601, now(), 2")
    store.close()


def forget(engine: Engine, folder: Path) -> None:
    """Drops the engine's caches and the kernel's pages of the ledger's files."""
    for cache in ("mark", "uncompressed", "index mark", "index uncompressed", "query condition"):
        engine.command(f"system drop {cache} cache")
    for parent, _, names in os.walk(folder):  # parts come and go meanwhile
        for name in names:
            with suppress(FileNotFoundError), (Path(parent) / name).open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def seconds(ask: Callable[[], object]) -> tuple[float, float]:
    """Wall time and CPU time of all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    ask()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(engine: Engine, folder: Path, repeats: int) -> None:
    """Prints the time of each question."""
    ((trace,),) = engine.rows(
        "select any(trace_id) from llm_spans where start_time >= '2026-08-14' and parent_span_id != ''"
    )
    print(f"{'question':32} {'cold':>8} {'warm':>8} {'CPU':>8}  ms")
    for name, question in QUESTIONS.items():
        query = Template(question).substitute(NAMES, trace=trace)
        forget(engine, folder)
        cold, _ = seconds(lambda query=query: engine.rows(query))
        warm = [seconds(lambda query=query: engine.rows(query)) for _ in range(repeats)]
        times = (cold, min(wall for wall, _ in warm), min(cpu for _, cpu in warm))
        print(f"{name:32} " + " ".join(f"{each * 1e3:8.0f}" for each in times), flush=True)


def sizes(engine: Engine) -> None:
    """Prints bytes a row, and the dearest columns."""
    for table, parts, rows, size in engine.rows(
        "select table, count(), sum(rows), sum(bytes_on_disk) from system.parts"
        " where active and database = currentDatabase() and rows > 1000 group by table order by table"
    ):
        print(f"{table}: {rows:,} rows in {parts} parts, {size / rows:.0f} bytes a row")
    columns = engine.rows(
        "select name, sum(column_data_compressed_bytes) / sum(rows) as bytes from"
        " (select column as name, column_data_compressed_bytes, rows from system.parts_columns"
        " where active and database = currentDatabase() and table = 'llm_spans')"
        " group by name order by bytes desc limit 12"
    )
    print("dearest columns: " + ", ".join(f"{name} {size:.1f}" for name, size in columns))


def write_sizes(engine: Engine, file: Path) -> None:
    """Writes bytes a row by table and column: what the page of the ledger's tables shows."""
    tables: dict[str, dict[str, Any]] = {}
    for table, column, rows, whole, size in engine.rows(
        "select table, column, sum(rows) as all_rows, sum(bytes_on_disk) / all_rows,"
        " sumIf(column_bytes_on_disk, part_type = 'Wide') / nullIf(sumIf(rows, part_type = 'Wide'), 0)"
        " from system.parts_columns where active and database = currentDatabase()"
        " group by table, column having all_rows > 1000 order by table, any(column_position), column"
    ):
        found = tables.setdefault(
            table, {"rows": rows, "bytes_a_row": round(whole, 1), "columns": {}}
        )
        if size is not None:  # small parts are one file, and say nothing of a column
            found["columns"][column] = round(size, 2)
    ((engine_version, calls),) = engine.rows("select version(), count() from llm_spans")
    measured = f"{datetime.now(UTC):%Y-%m-%d}"
    said = {"measured": measured, "engine": engine_version, "calls": calls, "tables": tables}
    file.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--keep", type=Path, help="folder of the ledger; used again when it is there"
    )
    parser.add_argument("--sizes", type=Path, help="write bytes a row of each column into a file")
    options = parser.parse_args()
    print(f"{platform.machine()}, CPython {platform.python_version()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary) / "ledger").absolute()
        if not folder.exists():
            generate(folder, options.calls)
        with open_reader(f"chdb://{folder}") as engine:
            sizes(engine)
            if options.sizes:
                write_sizes(engine, options.sizes)
            measure(engine, folder, options.repeats)


if __name__ == "__main__":
    sys.exit(main())
