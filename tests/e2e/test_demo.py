"""The main job, as `make demo` shows it: an app's calls, priced, in the ledger, summed by trace.

`UPDATE_README=1 pytest tests/e2e/test_demo.py` writes the demo's present output into the README.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.demo_in_readme import DEMO, excerpt, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SIX = {
    "concierge",
    "housekeeping",
    "revenue-management",
    "feedback-summariser",
    "procurement",
    "payroll",
}
BIN = Path(sys.executable).parent


def start_demo(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As a shell has it for its background jobs, and what they start has it from them.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, str(ROOT / "demo" / "run.py"), *options],
        env={**os.environ, "TMPDIR": str(tmp_path), "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The summary of one run and what it `printed`; its processor is up until the last test has asked it."""
    running = start_demo(tmp_path_factory.mktemp("demo"), "--json", "--keep")
    output, printed = running.communicate(timeout=150)
    assert running.returncode == 0, output + printed
    summary = json.loads(output)
    yield {**summary, "printed": printed}
    os.kill(summary["kept"]["pid"], signal.SIGTERM)
    deadline = time.monotonic() + 15
    while summary["kept"]["data"] in programs():
        assert time.monotonic() < deadline, "the kept processor does not stop"
        time.sleep(0.1)


def calls_where(demo: dict[str, Any], **wanted: object) -> list[dict[str, Any]]:
    return [call for call in demo["calls"] if wanted.items() <= call.items()]


def test_every_check_of_the_demo_holds(demo: dict[str, Any]) -> None:
    assert [check for check in demo["checks"] if not check["holds"]] == []
    assert demo["ok"]
    assert demo["elapsed_s"] < 60


def test_the_hotel_calls_every_api_in_every_way_and_each_response_is_one_row(
    demo: dict[str, Any],
) -> None:
    assert set(demo["responses"]) == {
        "openai.chat_completions json",
        "openai.chat_completions stream",
        "openai.responses json",
        "openai.responses stream",
        "openai.embeddings json",
        "anthropic.messages json",
        "anthropic.messages stream",
        "abandoned stream",
        "timeout",
        "429",
        "500",
    }
    assert demo["rows"] == sum(demo["responses"].values()) == len(demo["calls"])


def test_six_workflows_and_the_unattributed_sum_to_the_total(demo: dict[str, Any]) -> None:
    workflows = demo["by_workflow_usd"]
    assert set(workflows) == {*SIX, ""}
    total = Decimal(demo["total_usd"])
    assert sum(Decimal(cost) for cost in workflows.values()) == total
    assert sum(Decimal(call["cost"] or 0) for call in demo["calls"]) == total
    assert Decimal("0.01") < Decimal(workflows[""]) / total < Decimal("0.05")


def test_the_agent_run_is_one_trace_over_threads_tasks_and_two_services(
    demo: dict[str, Any],
) -> None:
    trace = demo["trace"]
    calls = calls_where(demo, trace_id=trace["id"])
    assert trace["services"] == ["hotel-desk", "room-offers"]
    # Three turns with tools, three threads, two in the other service, three tasks, the itinerary.
    assert len(calls) == trace["calls"] == 3 + 3 + 2 + 3 + 1
    assert sum(Decimal(call["cost"]) for call in calls) == Decimal(trace["total_usd"])
    tags = {(call["workflow"], call["property"], call["customer"]) for call in calls}
    assert len(tags) == 1
    assert "" not in tags.pop()


def test_an_unknown_model_has_no_cost_and_is_listed(demo: dict[str, Any]) -> None:
    [call] = calls_where(demo, request_model="claude-next-preview")
    assert (call["cost"], call["pricing_status"]) == (None, "unpriced")
    assert call["unpriced_reason"] == "unknown_model"
    assert "claude-next-preview" in spantally(demo, "report")


def test_the_refused_attempts_are_rows_that_cost_nothing(demo: dict[str, Any]) -> None:
    for status in (429, 500):
        [call] = calls_where(demo, http_status=status)
        assert (call["pricing_status"], Decimal(call["cost"])) == ("not_billed", 0)
    [retried] = calls_where(demo, resend_count=1)
    assert (retried["http_status"], retried["pricing_status"]) == (200, "priced")


def test_the_abandoned_stream_is_partial_and_the_timeout_is_missing(demo: dict[str, Any]) -> None:
    [abandoned] = calls_where(demo, usage_source="partial")
    assert abandoned["pricing_status"] == "partially_priced"
    assert Decimal(abandoned["cost"]) > 0
    [timeout] = calls_where(demo, usage_source="missing")
    assert (timeout["cost"], timeout["unpriced_reason"]) == (None, "no_usage")


def test_a_kept_processor_answers_the_commands(demo: dict[str, Any]) -> None:
    report = json.loads(spantally(demo, "report", "--json"))
    assert report["total"]["cost"] == demo["total_usd"]
    assert demo["trace"]["id"] in spantally(demo, "trace", demo["trace"]["id"][:12])


def test_the_demos_output_in_the_readme_is_what_it_prints(demo: dict[str, Any]) -> None:
    printed = demo["printed"]
    if os.environ.get("UPDATE_README"):
        shown = excerpt(printed)
        README.write_text(DEMO.sub(lambda m: m[1] + shown + m[3], README.read_text()))
    match = DEMO.search(README.read_text())
    assert match is not None
    shown = [line for line in match[2].splitlines() if line.strip() not in {"", "…"}]
    assert len(shown) > 20
    really = {settled(line) for line in printed.splitlines()}
    assert [line for line in shown if settled(line) not in really] == []


def test_an_interrupted_demo_stops_what_it_started(tmp_path: Path) -> None:
    running = start_demo(tmp_path)
    assert running.stdout is not None
    assert any("opentelemetry-instrument" in line for line in running.stdout)
    time.sleep(0.5)
    assert str(tmp_path) in programs()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 130
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in programs()


def spantally(demo: dict[str, Any], *arguments: str) -> str:
    environment = {**os.environ, "SPANTALLY_DATA": demo["kept"]["data"]}
    command = [str(BIN / "spantally"), *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def programs() -> str:
    return subprocess.run(
        ["ps", "-ewwo", "args"], capture_output=True, text=True, check=True
    ).stdout
