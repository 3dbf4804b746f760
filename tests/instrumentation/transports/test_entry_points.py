"""Each HTTP library is an instrumentation of its own, which OpenTelemetry loads and can leave out by name."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest
import tomllib
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
from spantally import transports
from spantally.transports.aiobotocore import AiobotocoreInstrumentor
from spantally.transports.bedrock_metadata import AsyncBedrockMetadataInstrumentor
from support import replay
from support.replay import Answer
from wrapt import FunctionWrapper

PROJECT = Path(__file__).parents[3] / "instrumentation" / "pyproject.toml"
ENTRY_POINTS: dict[str, str] = tomllib.loads(PROJECT.read_text())["project"]["entry-points"][
    "opentelemetry_instrumentor"
]
TRANSPORTS = {name: at for name, at in ENTRY_POINTS.items() if "spantally.transports." in at}

APP = """
import requests, sys, urllib3
body = {"model": "gpt-4o", "messages": []}
requests.post(sys.argv[1], json=body)
urllib3.request("POST", sys.argv[1], json=body)
"""


def test_every_transport_has_an_entry_point() -> None:
    files = {module.name for module in iter_modules(transports.__path__)}
    named = {at.partition(":")[0].rpartition(".")[2] for at in TRANSPORTS.values()}
    assert named == {name for name in files if not name.startswith("_")}


@pytest.mark.parametrize("at", TRANSPORTS.values(), ids=TRANSPORTS)
def test_an_entry_point_is_an_instrumentor(at: str) -> None:
    module, _, attribute = at.partition(":")
    assert issubclass(getattr(import_module(module), attribute), BaseInstrumentor)


def test_switching_one_off_leaves_the_others_of_the_same_library(exported: Any) -> None:
    aiobotocore = pytest.importorskip("aiobotocore.client").AioBaseClient
    session = pytest.importorskip("aiobotocore.httpsession").AIOHTTPSession
    AsyncBedrockMetadataInstrumentor().instrument()
    try:
        AiobotocoreInstrumentor().uninstrument()
        assert isinstance(aiobotocore.__dict__["_make_api_call"], FunctionWrapper)
        assert not isinstance(session.__dict__["send"], FunctionWrapper)
    finally:
        AiobotocoreInstrumentor().instrument()
        AsyncBedrockMetadataInstrumentor().uninstrument()
    assert isinstance(session.__dict__["send"], FunctionWrapper)


@pytest.mark.parametrize(
    ("disabled", "spans"),
    [("", 2), ("spantally-requests", 2), ("spantally-requests,spantally-urllib3", 0)],
    ids=["none", "the upper one", "both"],
)
def test_a_library_can_be_left_out_by_name(disabled: str, spans: int) -> None:
    with replay.serve() as server:
        server.answer = Answer(b'{"usage": {"prompt_tokens": 3, "completion_tokens": 4}}')
        told = subprocess.run(
            [Path(sys.executable).parent / "opentelemetry-instrument", sys.executable, "-c", APP,
             server.url + "/v1/chat/completions"],
            env={**os.environ, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": disabled,
                 "OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none",
                 "OTEL_LOGS_EXPORTER": "none"},
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
    assert told.stdout.count('"spantally.api"') == spans
    assert told.stdout.count('"gen_ai.usage.input_tokens": 3') == spans
