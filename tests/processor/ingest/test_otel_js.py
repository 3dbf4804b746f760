"""OpenTelemetry's JavaScript SDK sends us spans, in JSON and in protobuf, and nothing of them is lost.

npm installs it into `.cache/otel_js`, which git ignores; where there is no npm or no registry, this is skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from spantally_processor.config import Target
from spantally_processor.otlp.values import attributes_of
from support.backend import a_backend
from support.processor import running, settings_in, until

if TYPE_CHECKING:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCES = REPOSITORY / "tests" / "support" / "otel_js"
GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000

SUCCESS = 0
"""ExportResultCode of the JavaScript SDK."""


@pytest.fixture(scope="module")
def emitter() -> Path:
    """The script, beside what it imports."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("there is no npm")
    folder = REPOSITORY / ".cache" / "otel_js"
    folder.mkdir(parents=True, exist_ok=True)
    installed = folder / "installed.json"
    wanted = (SOURCES / "package.json").read_text()
    for name in ("package.json", "emit.js"):
        shutil.copy(SOURCES / name, folder)
    if not installed.exists() or installed.read_text() != wanted:
        install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
        try:
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=180)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"npm could not install OpenTelemetry's JavaScript SDK: {error}")
        installed.write_text(wanted)
    return folder / "emit.js"


def emitted(emitter: Path, kind: str, url: str) -> dict[str, Any]:
    done = subprocess.run(
        ["node", emitter, kind, f"{url}/v1/traces"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["json", "protobuf"])
def test_its_spans_arrive_field_by_field_and_are_priced(
    emitter: Path, tmp_path: Path, kind: str
) -> None:
    with a_backend() as behind:
        forward = (Target(url=behind.url),)
        with running(settings_in(tmp_path, forward=forward)) as processor:
            said = emitted(emitter, kind, processor.http)
            processor.settle()
            until(lambda: len(behind.spans) == 2)
            costs = processor.rows("select trace_id, span_id, cost from llm_calls")
            steps = processor.rows("select name, service from trace_steps order by name")

        assert said["outcomes"] == [SUCCESS, SUCCESS]
        call, parent = said["spans"]
        assert costs == [(call["traceId"], call["spanId"], GPT_5)]
        assert steps == [("chat gpt-5", "shop-js"), ("handle order", "shop-js")]
        arrived = {span.span_id.hex(): span for span in behind.spans}
        for one in (call, parent):
            assert described(arrived[one["spanId"]]) == one
        check_call(arrived[call["spanId"]], parent["spanId"])
        for request in behind.requests:
            check_surroundings(request)


def described(span: Span) -> dict[str, str]:
    return {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "name": span.name,
        "startNs": str(span.start_time_unix_nano),
        "endNs": str(span.end_time_unix_nano),
    }


def check_call(span: Span, parent: str) -> None:
    found = attributes_of(span.attributes)
    ours = {name: found.pop(name) for name in list(found) if name.startswith("spantally.cost")}
    assert ours, "it was priced on its way"
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.model": "gpt-5-2025-08-07",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.response.finish_reasons": ("stop", "größe ✓"),
        "spantally.provider.source": "host",
        "spantally.usage.source": "provider",
        "a.double": 0.25,
        "a.large.number": 2**53 - 1,
        "a.flag": True,
    }
    assert span.parent_span_id.hex() == parent
    assert (span.kind, span.status.code, span.status.message) == (3, 2, "cut")
    (event,), (link,) = span.events, span.links
    assert (event.name, attributes_of(event.attributes)) == ("first token", {"at.ms": 12})
    assert event.time_unix_nano >= span.start_time_unix_nano
    assert link.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert link.span_id.hex() == "b7ad6b7169203331"
    assert attributes_of(link.attributes) == {"why": "a queue"}
    assert span.flags & 1, "sampled"


def check_surroundings(request: ExportTraceServiceRequest) -> None:
    (group,) = request.resource_spans
    (scope,) = group.scope_spans
    resource = attributes_of(group.resource.attributes)
    assert (resource["service.name"], resource["team.size"]) == ("shop-js", 7)
    assert (scope.scope.name, scope.scope.version) == ("spantally", "1.2.3")
