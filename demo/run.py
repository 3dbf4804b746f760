"""`make demo`: the whole of Spantally on one machine, with a stand-in for the providers.

Starts the stand-in, the processor and a small hotel group's programs; shows the report, the costliest
trace and what to try next; checks the ledger against the provider's own record; stops what it started.
Exit code 0 when every check holds, 1 when one does not, 2 when a program fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from stage import programs, telling
from stage.child import Child, DemoError
from stage.findings import Findings
from stage.ledger import wait_for_calls
from standin.process import StandIn

FAULTS = (
    "rate_limit=the Saint Nicholas weekend for old-mill",
    "server_error=table linen at old-mill",
    "slow=Lost property",
)
"""What goes wrong at the providers; the rest of the mess is the hotel's own."""
HOTEL_MAY_TAKE_S = 120


def main() -> int:
    """Plays the demo and returns its exit code."""
    options = _options()
    started = time.monotonic()
    console = Console(stderr=options.json)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.update(NO_PROXY="127.0.0.1", no_proxy="127.0.0.1", COLUMNS=str(console.width))
    folder = Path(tempfile.mkdtemp(prefix="spantally-demo-"))
    telling.opening(console)
    processor = Child(programs.processor(folder / "ledger"), folder)
    keep = False
    try:
        findings = play(folder, processor, console)
        telling.verdicts(console, findings.checks())
        summary = findings.summary(time.monotonic() - started)
        if not summary["ok"]:
            logs = [log for log in sorted(folder.glob("*.err")) if log.stat().st_size]
            telling.failure(Console(stderr=True), "a check does not hold", logs)
        keep = options.keep
    except DemoError as error:
        telling.failure(Console(stderr=True), str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        if not keep:
            processor.stop()
            shutil.rmtree(folder)
    if summary["ok"]:
        telling.what_next(console, time.monotonic() - started)
    if keep:
        telling.kept(console, folder / "ledger", programs.Addresses.of(processor), processor.pid)
        summary["kept"] = {"data": str(folder / "ledger"), "pid": processor.pid}
    if options.json:
        print(json.dumps(summary, indent=2))
    return 0 if summary["ok"] else 1


def play(folder: Path, processor: Child, console: Console) -> Findings:
    """Runs the hotel's day and reads what it cost."""
    data = folder / "ledger"
    with ExitStack() as running:
        standin = running.enter_context(StandIn(folder / "provider.jsonl", FAULTS))
        telling.step(console, "stand-in for OpenAI and Anthropic", f"on {standin.openai}")
        addresses = programs.Addresses.of(processor)
        telling.step(console, "processor: spantally serve", f"on {addresses.otlp_http}")
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
            offers = programs.offers(standin, addresses, listening)
            running.enter_context(Child(offers, folder))
        desk = programs.hotel(standin, addresses, f"http://127.0.0.1:{port}")
        hotel = running.enter_context(Child(desk, folder))
        telling.step(console, "the hotel's two programs, under opentelemetry-instrument:")
        for line in hotel.lines(HOTEL_MAY_TAKE_S):
            telling.progress(console, line)
    # Both programs have ended and sent their last spans.
    exchanges = standin.exchanges()
    calls = wait_for_calls(addresses.query, len(exchanges))
    telling.step(console, f"{len(exchanges)} provider responses, {len(calls)} rows in the ledger")
    report = json.loads(programs.spantally(data, "report", "--json"))
    costliest = json.loads(programs.spantally(data, "trace", "--top", "1", "--json"))
    trace_id = costliest["traces"][0]["trace_id"]
    trace = json.loads(programs.spantally(data, "trace", trace_id, "--json"))
    telling.command(console, "report", programs.spantally(data, "report"))
    telling.command(console, f"trace {trace_id}", programs.spantally(data, "trace", trace_id))
    return Findings(
        exchanges=exchanges,
        calls=calls,
        total=Decimal(report["total"]["cost"]),
        by_workflow={row["value"] or "": _amount(row) for row in report["by"]["workflow"]},
        trace_id=trace_id,
        trace_total=Decimal(trace["total"]["cost"]),
    )


def _amount(row: dict[str, str | None]) -> Decimal | None:
    return Decimal(row["cost"]) if row["cost"] is not None else None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Spantally on one machine, without an account.")
    parser.add_argument(
        "--keep",
        action="store_true",
        default=os.environ.get("KEEP", "") not in {"", "0"},
        help="leave the processor and its ledger up (also KEEP=1)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print a summary for machines; what is for people goes to stderr",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
