"""Runs a real package against a stand-in for the provider and keeps the spans that it emits.

Each module beside this one records one package, in an environment where that package is installed:

    uv venv /tmp/v && uv pip install --python /tmp/v/bin/python PACKAGE pytest opentelemetry-sdk \
        opentelemetry-exporter-otlp-proto-common
    /tmp/v/bin/python tests/processor/dialects/recorders/MODULE.py

The spans go to `recorded/<package>-<version>.json` as OTLP/JSON. What is committed is ours: our
prompts, our answers, the package's attributes around them.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

sys.path.insert(0, str(Path(__file__).parents[3]))

from answers import events
from support.backend import a_backend
from support.replay import Answer, Replay, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = Path(__file__).parents[1] / "recorded"


class Stage:
    """The stand-in, and where the spans end up."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(resource=Resource({"service.name": "recorder"}))
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        trace.set_tracer_provider(self.provider)

    @property
    def url(self) -> str:
        """Address of the stand-in."""
        return self.replay.url

    def answers(self, body: dict[str, Any]) -> None:
        """From now on the provider answers this."""
        self.replay.answer = Answer(json.dumps(body).encode())

    def streams(self, chunks: list[dict[str, Any]], *, named: bool = False) -> None:
        """From now on the provider streams this."""
        self.replay.answer = Answer(
            events(chunks, named=named), content_type="text/event-stream; charset=utf-8"
        )


@contextmanager
def recording(package: str, *, variant: str = "") -> Iterator[Stage]:
    """Records what is emitted in the block as the spans of the installed version of `package`."""
    with serve() as replay:
        stage = Stage(replay)
        yield stage
        stage.provider.force_flush()
    name = f"{package}-{version(package)}{variant and '-' + variant}.json"
    spans = stage.exporter.get_finished_spans()
    save(name, MessageToDict(encode_spans(spans)))


@contextmanager
def recording_exports(package: str, *, variant: str = "") -> Iterator[tuple[Stage, str]]:
    """The same for a package that exports by itself: yields the OTLP/HTTP address to give it, too."""
    with serve() as replay, a_backend() as backend:
        yield Stage(replay), backend.url
        deadline = time.monotonic() + 10
        while not backend.spans and time.monotonic() < deadline:
            time.sleep(0.1)
        whole = ExportTraceServiceRequest()
        for request in backend.requests:
            whole.resource_spans.extend(request.resource_spans)
    name = f"{package}-{version(package)}{variant and '-' + variant}.json"
    save(name, MessageToDict(whole))


def save(name: str, document: dict[str, Any]) -> None:
    """Writes OTLP/JSON, where ids are hex and protobuf's own JSON has base64."""
    _hex_ids(document)
    RECORDED.mkdir(exist_ok=True)
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    text = text.replace('{"attributes":', '\n{"attributes":')  # a line a span
    (RECORDED / name).write_text(text + "\n", encoding="utf-8")
    print(name, text.count('"spanId"'), "spans")


def _hex_ids(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _hex_ids(item)
    elif isinstance(node, dict):
        for key, item in node.items():
            if key in {"traceId", "spanId", "parentSpanId"}:
                node[key] = base64.b64decode(item).hex()
            elif key == "kind" and isinstance(item, str):
                node[key] = _KINDS.index(item)
            elif key == "code" and isinstance(item, str):
                node[key] = _CODES.index(item)
            else:
                _hex_ids(item)


_KINDS = ["SPAN_KIND_UNSPECIFIED"] + [
    f"SPAN_KIND_{kind}" for kind in ("INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
]
_CODES = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"]
