"""Beside the real packages of others: the app gets what it would have got, and each call is counted once.

The app (app.py) runs in an environment where they are installed (support/environments.py), under
`opentelemetry-instrument`, and exports to a running processor. A package is tried with ours alone, then
all that install together.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spantally_processor.config import Target
from support.arrivals import TENANTS, TOKENS, arrive, billed, one_by_one
from support.backend import a_backend
from support.environments import NotAvailableError, environment
from support.processor import Processor, running, settings_in, until
from support.provider_answers import Script, answers_of_the_app
from support.replay import Replay, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
    from support.environments import Environment

APP = Path(__file__).with_name("app.py")
OURS = "spantally"


@dataclass(frozen=True)
class Neighbours:
    """An environment, what is switched on in it, and under which scopes it emits."""

    environment: str
    sets_up: str = ""
    scopes: tuple[str, ...] = ()
    native: bool = False
    """Whether the Anthropic SDK's own spans are on; ours switches them off where nobody decided."""


NEIGHBOURS = {
    "nobody": Neighbours("native"),
    "native": Neighbours(
        "native", "mistral", ("com.anthropic.sdk.python", "mistralai"), native=True
    ),
    "official": Neighbours("official", scopes=("opentelemetry.instrumentation.genai",)),
    "traceloop": Neighbours(
        "traceloop",
        scopes=("opentelemetry.instrumentation.openai", "opentelemetry.instrumentation.anthropic"),
    ),
    "openinference": Neighbours("openinference", scopes=("openinference.instrumentation",)),
    "langfuse": Neighbours("langfuse", "langfuse"),
    "openlit": Neighbours("openlit", "openlit", ("openlit",)),
    "together": Neighbours(
        "together",
        "mistral,langfuse",
        ("opentelemetry.instrumentation.", "openinference.", "com.anthropic.sdk.python"),
        native=True,
    ),
}


@dataclass(frozen=True)
class Ran:
    """What became of a run."""

    output: list[Any]
    errors: str
    script: Script
    seen: list[dict[str, str]]
    processor: Processor
    neighbours: Neighbours
    spans: list[ResourceSpans]
    """What the app exported, each span by itself."""
    tenants: Iterator[str]
    """Those under which nothing has come in yet."""

    def counted(self) -> list[tuple[str, str, int]]:
        """Response id, scope and rank of the calls that the ledger counts and that were billed."""
        rows = self.processor.rows(
            "select response_id, scope, rank from llm_calls"
            " where pricing_status != 'not_billed' and tenant = {tenant:String}",
            tenant=TENANTS[0],
        )
        return sorted((str(i), str(s), int(r)) for i, s, r in rows)


@pytest.fixture(scope="module", params=NEIGHBOURS)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    neighbours = NEIGHBOURS[request.param]
    try:
        where = environment(neighbours.environment)
    except NotAvailableError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("ledger")
    with (
        serve() as provider,
        serve() as elsewhere,
        a_backend() as backend,
        running(
            settings_in(folder, tokens=TOKENS, forward=(Target(url=backend.url),))
        ) as processor,
    ):
        processor.token = TENANTS[0]
        script = answers_of_the_app()
        provider.first = list(script.answers)
        variables = _variables(where, neighbours, elsewhere, processor)
        output, errors = _run([where.launcher, where.python, APP], provider, variables)
        processor.settle()
        until(lambda: processor.metric("spantally_spans_pending") == 0)
        yield Ran(
            output,
            errors,
            script,
            list(provider.seen),
            processor,
            neighbours,
            one_by_one(backend.requests),
            iter(TENANTS[1:]),
        )


@cache
def without_anybody(name: str) -> list[Any]:
    """What the app gets in an environment with no instrumentation at all."""
    with serve() as provider:
        provider.first = list(answers_of_the_app().answers)
        variables = {"APP_PLAIN": "1", "ANTHROPIC_OPEN_TELEMETRY": "false"}
        return _run([environment(name).python, APP], provider, variables)[0]


def _variables(
    where: Environment, neighbours: Neighbours, elsewhere: Replay, processor: Processor
) -> dict[str, str]:
    return {
        "APP_SETS_UP": neighbours.sets_up,
        "ANTHROPIC_OPEN_TELEMETRY": str(neighbours.native).lower(),
        "LANGFUSE_PUBLIC_KEY": "made-up",
        "LANGFUSE_SECRET_KEY": "made-up",
        "LANGFUSE_BASE_URL": elsewhere.url,
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT": processor.http,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {TENANTS[0]}",
        "PYTHONPATH": "",
    }


def _run(command: list[Path], provider: Replay, variables: dict[str, str]) -> tuple[list[Any], str]:
    """What the app printed, and what was logged."""
    proxied = {"HTTP_PROXY": provider.url, "http_proxy": provider.url, "NO_PROXY": "127.0.0.1"}
    path = {"PATH": f"{command[0].parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, env={**path, **proxied, **variables},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_the_app_gets_what_it_would_have_got(ran: Ran) -> None:
    old = ran.neighbours.environment == "openlit"
    assert ran.output == without_anybody("openlit" if old else "native")


def test_nothing_of_ours_fails(ran: Ran) -> None:
    assert "spantally:" not in ran.errors
    assert "Traceback" not in ran.errors


def test_the_provider_sees_no_tag_and_no_trace(ran: Ran) -> None:
    assert len(ran.seen) == len(ran.script.answers)
    leaked = [headers for headers in ran.seen if {"baggage", "traceparent"} & headers.keys()]
    assert leaked == []


def test_our_span_is_there_once_for_every_response_with_its_tags(ran: Ran) -> None:
    rows = ran.processor.rows(
        "select response_id, team, customer from llm_spans final where scope = 'spantally'"
    )
    assert sorted(str(row[0]) for row in rows) == sorted(ran.script.response_ids)
    assert {row[1:] for row in rows} == {("guest-services", "acme")}


def test_the_others_saw_the_calls_too(ran: Ran) -> None:
    scopes = {str(row[0]) for row in ran.processor.rows("select distinct scope from llm_spans")}
    for scope in ran.neighbours.scopes:
        assert any(name.startswith(scope) for name in scopes), scopes


def test_a_response_with_an_id_is_counted_once_and_as_we_saw_it(ran: Ran) -> None:
    counted = [row for row in ran.counted() if row[0]]
    ids = [response_id for response_id in ran.script.billed if response_id]
    assert [row for row in counted if row[1] == OURS] == sorted((i, OURS, 3) for i in ids)
    assert sorted(row[0] for row in counted) == sorted(ids)


def test_the_ledger_counts_as_many_calls_as_the_provider_answered(ran: Ran) -> None:
    """Embeddings, and all of OpenInference's streams, have no response id to be known by."""
    assert len(ran.counted()) == len(ran.script.billed)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_as_many_are_counted_however_the_spans_arrive(ran: Ran, data: st.DataObject) -> None:
    """Shuffled, in batches of any size, some of them again."""
    tenant = next(ran.tenants)
    arrive(data, ran.processor, tenant, ran.spans)
    counted = billed(ran.processor, tenant)
    assert len(counted) == len(ran.script.billed)
    assert {scope for _, scope in counted} == {OURS}
