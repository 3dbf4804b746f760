"""Frameworks above the SDKs, and a gateway between app and provider: each call counts once, in any order.

With the real packages, in environments of their own; see test_living_together.py.
"""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spantally_processor.config import Target
from support.arrivals import TENANTS, TOKENS, arrive, billed, one_by_one
from support.backend import a_backend
from support.environments import NotAvailableError, environment
from support.processor import Processor, running, settings_in, until
from support.provider_answers import (
    Script,
    answers_behind_the_gateway,
    answers_of_the_frameworks,
)
from support.replay import Replay, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
    from support.environments import Environment

HERE = Path(__file__).parent

GATEWAY = """
model_list:
  - model_name: gpt-5
    litellm_params: {model: openai/gpt-5, api_key: made-up, api_base: "http://api.openai.com/v1"}
  - model_name: small
    litellm_params: {model: openai/text-embedding-3-small, api_key: made-up, api_base: "http://api.openai.com/v1"}
litellm_settings: {callbacks: [otel], num_retries: 0}
"""


@dataclass(frozen=True)
class Ran:
    """What became of a run."""

    script: Script
    seen: list[dict[str, str]]
    processor: Processor
    spans: list[ResourceSpans]
    tenants: Iterator[str]


def _frameworks(provider: Replay, variables: Mapping[str, str]) -> Script:
    script = answers_of_the_frameworks()
    provider.first = list(script.answers)
    output = _run(_environment("frameworks"), "frameworks_app.py", provider, variables)
    assert output == "Four.\n"
    return script


def _litellm(provider: Replay, variables: Mapping[str, str]) -> Script:
    where = _environment("litellm")
    script = answers_behind_the_gateway()
    with _gateway(where, provider, variables) as url:
        provider.seen.clear()  # it asks around when it starts
        provider.first = list(script.answers)
        ours = {**variables, "GATEWAY": url, "SPANTALLY_HOSTS": "127.0.0.1=litellm"}
        assert _run(where, "gateway_app.py", provider, ours) == "Four. True\n"
    return script


RUNS = {"frameworks": _frameworks, "litellm": _litellm}


def _environment(name: str) -> Environment:
    try:
        return environment(name)
    except NotAvailableError as error:
        pytest.skip(str(error))


def _path(where: Environment, provider: Replay) -> dict[str, str]:
    path = f"{where.launcher.parent}:{os.environ['PATH']}"
    proxied = {"HTTP_PROXY": provider.url, "http_proxy": provider.url, "NO_PROXY": "127.0.0.1"}
    return {"PATH": path, "PYTHONPATH": "", "HOME": str(where.folder), **proxied}


def _run(where: Environment, app: str, provider: Replay, variables: Mapping[str, str]) -> str:
    done = subprocess.run(
        [where.launcher, where.python, HERE / app], env={**_path(where, provider), **variables},
        capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "spantally:" not in done.stderr
    return done.stdout


@contextmanager
def _gateway(where: Environment, provider: Replay, variables: Mapping[str, str]) -> Iterator[str]:
    """A LiteLLM proxy under `opentelemetry-instrument`, with its own tracing on; it ends with the block."""
    config = where.folder / "gateway.yaml"
    config.write_text(GATEWAY)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tracing = {
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": variables["OTEL_EXPORTER_OTLP_ENDPOINT"],
        "OTEL_HEADERS": variables["OTEL_EXPORTER_OTLP_HEADERS"],
        "OTEL_SERVICE_NAME": "gateway",
        "LITELLM_MASTER_KEY": "sk-made-up",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    command = [where.launcher, where.python, HERE / "gateway.py", config, str(port)]
    process = subprocess.Popen(
        command, env={**_path(where, provider), **variables, **tracing},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/health/liveliness"), timeout_s=120)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module", params=RUNS)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("ledger")
    run: Callable[[Replay, Mapping[str, str]], Script] = RUNS[request.param]
    with (
        serve() as provider,
        a_backend() as backend,
        running(
            settings_in(folder, tokens=TOKENS, forward=(Target(url=backend.url),))
        ) as processor,
    ):
        processor.token = TENANTS[0]
        variables = {
            "OTEL_SERVICE_NAME": "shop",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_EXPORTER_OTLP_ENDPOINT": processor.http,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {TENANTS[0]}",
        }
        script = run(provider, variables)
        processor.settle()
        until(lambda: processor.metric("spantally_spans_pending") == 0)
        assert len(provider.seen) == len(script.answers)
        yield Ran(
            script, list(provider.seen), processor, one_by_one(backend.requests), iter(TENANTS[1:])
        )


def _with_known_ids(counted: list[tuple[str, str]], script: Script) -> list[tuple[str, str]]:
    return [each for each in counted if each[0] in set(script.billed) - {""}]


def test_each_response_of_the_provider_counts_once_and_as_seen_at_the_wire(ran: Ran) -> None:
    counted = _with_known_ids(billed(ran.processor, TENANTS[0]), ran.script)
    assert counted == sorted((known, "spantally") for known in ran.script.billed if known)


def test_as_many_calls_count_as_the_provider_answered(ran: Ran) -> None:
    """An embedding has no id: that the gateway repeats it is known from the trace that leads into it."""
    assert len(billed(ran.processor, TENANTS[0])) == len(ran.script.billed)


def test_no_tag_and_no_trace_reaches_the_provider(ran: Ran) -> None:
    leaked = [headers for headers in ran.seen if {"baggage", "traceparent"} & headers.keys()]
    assert leaked == []


def test_every_call_that_was_seen_has_the_tags_of_the_app(ran: Ran) -> None:
    rows = ran.processor.rows(
        "select service, groupUniqArray((team, customer)) from llm_spans final"
        " where scope = 'spantally' group by service"
    )
    assert {tags for _, found in rows for tags in found} == {("guest-services", "acme")}


def test_the_others_saw_the_calls_too(ran: Ran) -> None:
    scopes = ran.processor.rows(
        "select scope from llm_spans final where role = 'call' group by scope"
    )
    assert len(scopes) > 1


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_as_many_are_counted_however_the_spans_arrive(ran: Ran, data: st.DataObject) -> None:
    tenant = next(ran.tenants)
    arrive(data, ran.processor, tenant, ran.spans)
    counted = billed(ran.processor, tenant)
    assert len(_with_known_ids(counted, ran.script)) == len(list(filter(None, ran.script.billed)))
    assert len(counted) == len(billed(ran.processor, TENANTS[0]))
