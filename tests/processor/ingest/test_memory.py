"""What hostile bodies cost in memory, measured in a processor of its own."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from support.bombs import PROTOBUF_BOMBS, a_bomb, a_json_bomb, many_lists
from support.otlp import a_call, a_request
from support.processor import AWAY, Command, command, until

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON, PROTOBUF = "application/json", "application/x-protobuf"
MAX_GROWTH_MB = 100
SIZE = 15 << 20
"""Below what the wire may have; the bodies are not compressed, or their ratio would give them away."""


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("the peak of another process's memory is read from Linux's /proc")
    with command(tmp_path_factory.mktemp("data"), "--store", AWAY) as processor:
        processor.post(a_request(a_call()).SerializeToString())  # what is loaded late is there now
        yield processor


def memory_mb(processor: Command, what: str) -> float:
    text = Path(f"/proc/{processor.process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith(what))


def settled_mb(processor: Command) -> float:
    """Its memory once it has loaded what it goes on loading after it is ready, the price list above all."""
    seen = [0.0]

    def settled() -> bool:
        seen.append(memory_mb(processor, "VmRSS"))
        return seen[-1] - seen[-2] < 1

    until(settled, every_s=0.5)
    return seen[-1]


def growth_mb(processor: Command, body: bytes, content_type: str, path: str) -> tuple[int, float]:
    """The answer, and how far memory rose meanwhile."""
    Path(f"/proc/{processor.process.pid}/clear_refs").write_text("5")  # the peak begins anew
    before = memory_mb(processor, "VmRSS")
    status = processor.post(body, content_type=content_type, path=path).status_code
    return status, memory_mb(processor, "VmHWM") - before


@pytest.mark.parametrize("kind", PROTOBUF_BOMBS)
def test_a_body_of_empty_messages_does_not_fill_the_memory(processor: Command, kind: str) -> None:
    status, grown = growth_mb(processor, a_bomb(kind, SIZE), PROTOBUF, "/v1/traces")
    assert status == 413
    assert grown < MAX_GROWTH_MB


@pytest.mark.parametrize(
    ("body", "content_type", "path"),
    [
        (many_lists(SIZE), PROTOBUF, "/v1/traces"),
        (a_bomb("scopes", SIZE), PROTOBUF, "/v1/metrics"),
        (a_bomb("spans", SIZE), PROTOBUF, "/v1/logs"),
        (a_json_bomb("spans", SIZE), JSON, "/v1/traces"),
        (a_json_bomb("objects", SIZE), JSON, "/v1/traces"),
        (a_json_bomb("texts", SIZE), JSON, "/v1/traces"),
        (a_json_bomb("objects", SIZE), JSON, "/v1/metrics"),
    ],
    ids=["lists", "metrics", "logs", "spans", "objects", "texts", "metrics in JSON"],
)
def test_no_other_body_does(processor: Command, body: bytes, content_type: str, path: str) -> None:
    status, grown = growth_mb(processor, body, content_type, path)
    assert status == 413
    assert grown < MAX_GROWTH_MB


def test_a_body_at_the_limit_is_taken_and_its_memory_is_bounded(processor: Command) -> None:
    spans = a_json_bomb("spans", 3 * 490_000)  # 490,000 spans of three bytes
    status, grown = growth_mb(processor, spans, JSON, "/v1/traces")
    assert status == 200
    assert grown < 2 * MAX_GROWTH_MB


GRPC_BYTES = 8 << 20
GRPC_BUDGET = 16 << 20
OWN = (("grpc.use_local_subchannel_pool", 1),)
"""A connection for each channel."""


def test_large_messages_over_grpc_at_once_stay_with_their_senders_until_it_is_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of another process's memory is read from Linux's /proc")
    monkeypatch.setenv("SPANTALLY_LIMITS_BODY_BYTES", str(GRPC_BYTES))
    monkeypatch.setenv("SPANTALLY_LIMITS_IN_FLIGHT_BYTES", str(GRPC_BUDGET))
    method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    body = random.Random(1).randbytes(GRPC_BYTES - 1000)  # noqa: S311 - a body, no secret
    with command(tmp_path, "--store", AWAY) as processor, ExitStack() as channels:
        before = settled_mb(processor)
        exports = [
            channels.enter_context(grpc.insecure_channel(processor.grpc, OWN)).unary_unary(method)
            for _ in range(30)
        ]
        calls = [export.future(body, timeout=30) for export in exports]
        codes = {call.code() for call in calls}
        assert memory_mb(processor, "VmHWM") - before < 120, "all of them at once are 240 MB"
        assert codes <= {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAVAILABLE}
        assert grpc.StatusCode.INVALID_ARGUMENT in codes, "some were read, and are no requests"
