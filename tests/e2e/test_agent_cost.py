"""What one agent run cost is the sum over its trace, wherever its calls were made (rows A05, C06)."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.command import Spantally
from support.processor import Command, command
from support.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES = Path(__file__).parent / "agent"
LAUNCHER = Path(sys.executable).with_name("opentelemetry-instrument")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Spantally, StandIn]]:
    """One run of the agent: its trace, the command line over its ledger, and the provider."""
    folder = tmp_path_factory.mktemp("agent")
    with StandIn(folder / "provider.jsonl") as provider, command(folder / "ledger") as processor:
        yield (
            play(folder, provider, processor),
            Spantally(str(folder / "ledger")),
            provider,
        )


def play(folder: Path, provider: StandIn, processor: Command) -> str:
    shared = {
        "PATH": os.environ["PATH"],
        **provider.client_env,
        "SPANTALLY_HOSTS": provider.hosts,
        "SPANTALLY_TAGS": "environment=test",
        "OTEL_EXPORTER_OTLP_ENDPOINT": processor.http,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "QUEUE": str(folder / "queue.json"),
    }
    with start("searcher", shared) as searcher:
        assert searcher.stdout is not None
        url = f"http://127.0.0.1:{searcher.stdout.readline().strip()}"
        with start("planner", {**shared, "SEARCHER": f"{url}/search"}) as planner:
            printed, _ = planner.communicate(timeout=60)
        with start("worker", shared) as worker:
            worker.communicate(timeout=60)
        httpx.post(f"{url}/stop")
        searcher.communicate(timeout=30)
    assert [p.returncode for p in (planner, worker, searcher)] == [0, 0, 0]
    processor.settle()
    return printed.strip()


def start(service: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [LAUNCHER, sys.executable, SERVICES / f"{service}.py"],
        env={**env, "OTEL_SERVICE_NAME": service}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_forty_calls_of_three_services_are_one_trace_and_their_sum_is_its_cost(run: Any) -> None:
    trace_id, spantally, provider = run
    answer = spantally.json("trace", trace_id)
    calls = [s["llm"] | {"service": s["service"]} for s in answer["steps"] if s["llm"]]
    wrapper = next(call for call in calls if call["verdict"] != "counted")
    calls.remove(wrapper)
    assert (wrapper["verdict"], wrapper["cost"]) == ("aggregate", None)
    assert len(provider.exchanges()) == 40
    assert len(calls) == 40
    assert {call["service"] for call in calls} == {"planner", "searcher", "worker"}
    assert all(Decimal(call["cost"]) > 0 for call in calls)
    assert sum(Decimal(call["cost"]) for call in calls) == Decimal(answer["total"]["cost"])


def test_the_wrapper_around_the_calls_is_counted_zero_times(run: Any) -> None:
    """It claims a million input tokens; the report has those of the calls."""
    trace_id, spantally, _ = run
    report = spantally.json("report")
    total = report["total"]
    assert total["calls"] == 40
    assert total["cost"] == spantally.json("trace", trace_id)["total"]["cost"]
    assert sum(row["input_tokens"] for row in report["by"]["workflow"]) < 1_000_000


def test_every_call_has_the_tags_of_the_run_across_threads_tasks_services_and_the_queue(
    run: Any,
) -> None:
    _, spantally, _ = run
    for key, value in (("workflow", "planning"), ("team", "research"), ("customer", "acme")):
        rows = spantally.json("report", "--by", key)["by"][key]
        assert [(row["value"], row["calls"]) for row in rows] == [(value, 40)]


def test_no_tag_and_no_trace_reached_the_provider(run: Any) -> None:
    _, _, provider = run
    for exchange in provider.exchanges():
        assert not {"baggage", "traceparent"} & {name.lower() for name in exchange.request_headers}
