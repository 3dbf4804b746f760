"""The OpenAI SDK, measured when standard input says so, instrumented when it says so.

tests/bench/instrumentation.py starts it in an environment where that instrumentation is installed.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CALLS, STREAMS = 20, 3
ASK: dict[str, Any] = {"model": "gpt-5", "messages": [{"role": "user", "content": "word " * 400}]}
STREAM: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}

PATCHES = {
    "official": "opentelemetry.instrumentation.genai.openai",
    "traceloop": "opentelemetry.instrumentation.openai",
    "openinference": "openinference.instrumentation.openai",
}


class Nowhere(SpanExporter):
    """Encodes spans as they would be sent, and counts them, so that a run that recorded nothing is noticed."""

    def __init__(self, *, encodes: bool) -> None:
        self._encodes = encodes
        self.exported = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.exported += len(spans)
        if self._encodes:
            encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


def instrument(name: str, provider: TracerProvider) -> None:
    if name == "spantally":
        import_module("spantally._configure").configure()
        hooks = import_module("spantally.transports.httpx")
        hooks.HttpxInstrumentor().instrument()
        hooks.Httpx2Instrumentor().instrument()
    elif name == "openlit":
        import_module("openlit").init(disable_metrics=True, disable_events=True)
    elif name == "langfuse":
        import_module("langfuse").Langfuse(tracer_provider=provider)
        import_module("langfuse.openai")  # patches the SDK
    else:
        import_module(PATCHES[name]).OpenAIInstrumentor().instrument()


def cpu(work: Callable[[], None], times: int, export: Callable[[], object]) -> dict[str, float]:
    """Microseconds for one: of the calling thread, and of the process until the spans are exported.

    Other processes have had the caches since the last time, so one more goes first.
    """
    work()
    export()
    process, thread = time.process_time(), time.thread_time()
    for _ in range(times):
        work()
    thread = time.thread_time() - thread
    export()
    process = time.process_time() - process
    return {"thread": thread / times * 1e6, "process": process / times * 1e6}


def peak(work: Callable[[], None], times: int, export: Callable[[], object]) -> dict[str, float]:
    """Bytes that were allocated at most, by `times` calls in a row whose spans wait."""
    work()
    export()
    tracemalloc.start()
    for _ in range(times):
        work()
    bytes_ = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    export()
    return {"bytes": float(bytes_)}


def main(name: str, url: str) -> None:
    exporter = Nowhere(encodes=name != "langfuse")  # which has an exporter of its own
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=100_000))
    trace.set_tracer_provider(provider)
    client = import_module("openai").OpenAI(api_key="made-up", base_url=url + "/v1", max_retries=0)

    def call() -> None:
        client.chat.completions.create(**ASK)

    def stream() -> None:
        for _ in client.chat.completions.create(**ASK, **STREAM):
            pass

    instrumented = False
    with ExitStack() as tags:
        for line in sys.stdin:
            if line.strip() == "instrument":
                instrument(name, provider)
                instrumented = True
                if name == "spantally":
                    ours = import_module("spantally")
                    tags.enter_context(ours.attribute(team="bench", feature="a", customer="acme"))
                print("{}", flush=True)
                continue
            measure = cpu if line.strip() == "cpu" else peak
            found = {
                "call": measure(call, CALLS, provider.force_flush),
                "stream": measure(stream, STREAMS, provider.force_flush),
            }
            print(json.dumps(found), flush=True)
            assert bool(exporter.exported) == instrumented, exporter.exported


if __name__ == "__main__":
    main(*sys.argv[1:])
