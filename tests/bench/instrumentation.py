"""What our hooks add to an LLM call and to a streamed chunk, beside the same calls without them.

Run: `.venv/bin/python tests/bench/instrumentation.py` (or `make bench`). The provider answers inside the
process, so there is no network in the figures; plain and instrumented runs alternate in one process, and
the medians and their ratio are printed. Compare ratios, on one machine only.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from typing import TYPE_CHECKING

import httpx2
import openai
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from spantally import attribute, internal_errors
from spantally._configure import configure
from spantally.transports.httpx import Httpx2Instrumentor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHUNKS = 200
ROUNDS = 30
CALLS = 40
STREAMS = 4


class Nowhere(SpanExporter):
    """Counts spans, so that a run that recorded nothing is noticed."""

    exported = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.exported += len(spans)
        return SpanExportResult.SUCCESS


USAGE = {
    "prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 128, "audio_tokens": 0},
}  # fmt: skip
HEAD = {"id": "c1", "created": 1, "model": "gpt-5-2025-08-07", "service_tier": "default"}
WHOLE = json.dumps(
    {**HEAD, "object": "chat.completion", "usage": USAGE, "choices": [
        {"index": 0, "finish_reason": "stop",
         "message": {"role": "assistant", "content": "word " * 200}}]}
).encode()  # fmt: skip


def chunk(delta: dict[str, str], reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    event = {**HEAD, "object": "chat.completion.chunk", "choices": [choice], "usage": None}
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


def stream() -> list[bytes]:
    last = {**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}
    return [
        *[chunk({"content": "word "}, None) for _ in range(CHUNKS)],
        chunk({}, "stop"),
        b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n",
    ]


class Provider(httpx2.BaseTransport):
    """Answers at once."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if json.loads(request.content).get("stream"):
            kind = {"content-type": "text/event-stream"}
            return httpx2.Response(200, headers=kind, stream=Chunks())
        kind = {"content-type": "application/json"}
        return httpx2.Response(200, headers=kind, content=WHOLE)


class Chunks(httpx2.SyncByteStream):
    body = stream()

    def __iter__(self):
        yield from self.body


def main() -> None:
    exporter = Nowhere()
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=100_000))
    trace.set_tracer_provider(provider)
    configure()
    client = openai.OpenAI(api_key="made-up", http_client=httpx2.Client(transport=Provider()))
    messages = [{"role": "user", "content": "word " * 400}]

    def calls() -> None:
        for _ in range(CALLS):
            client.chat.completions.create(model="gpt-5", messages=messages)

    def streams() -> None:
        for _ in range(STREAMS):
            kept = client.chat.completions.create(model="gpt-5", messages=messages, stream=True)
            assert sum(1 for _ in kept) == CHUNKS + 2

    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    report("a call", "call", calls, CALLS)
    report(f"a stream of {CHUNKS} chunks", "chunk", streams, STREAMS * CHUNKS)
    provider.force_flush()
    assert exporter.exported == ROUNDS * (CALLS + STREAMS), exporter.exported
    assert internal_errors() == {}


def report(title: str, unit: str, work: Callable[[], None], units: int) -> None:
    instrumentor = Httpx2Instrumentor()
    plain, hooked = [], []
    with attribute(team="bench", feature="bench", customer="acme", workflow="bench"):
        for _ in range(ROUNDS):
            plain.append(seconds(work))
            instrumentor.instrument()
            hooked.append(seconds(work))
            instrumentor.uninstrument()
    before, after = statistics.median(plain), statistics.median(hooked)
    added = (after - before) / units * 1e6
    print(
        f"{title}: {before / units * 1e6:.1f} us a {unit} plain, {after / units * 1e6:.1f} us "
        f"instrumented, {added:.1f} us added, ratio {after / before:.3f}"
    )


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
