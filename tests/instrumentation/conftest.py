from __future__ import annotations

import time
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import certifi
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from spantally import _guard, env
from spantally._configure import configure
from spantally.transports.aiobotocore import AiobotocoreInstrumentor
from spantally.transports.aiohttp import AiohttpInstrumentor
from spantally.transports.botocore import BotocoreInstrumentor
from spantally.transports.grpc import GrpcInstrumentor
from spantally.transports.httpx import Httpx2Instrumentor, HttpxInstrumentor
from spantally.transports.requests import RequestsInstrumentor
from spantally.transports.urllib import UrllibInstrumentor
from spantally.transports.urllib3 import Urllib3Instrumentor
from support import replay as replay_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from opentelemetry.instrumentation.instrumentor import BaseInstrumentor
    from opentelemetry.sdk.trace import ReadableSpan
    from support.replay import Replay

TRANSPORTS: tuple[type[BaseInstrumentor], ...] = (
    HttpxInstrumentor,
    Httpx2Instrumentor,
    RequestsInstrumentor,
    Urllib3Instrumentor,
    UrllibInstrumentor,
    AiohttpInstrumentor,
    BotocoreInstrumentor,
    AiobotocoreInstrumentor,
    GrpcInstrumentor,
)
GROUP = "opentelemetry_instrumentor"
OPENTELEMETRY = (
    "httpx",
    "httpx2",
    "threading",
    "requests",
    "urllib3",
    "aiohttp-client",
    "botocore",
)
"""OpenTelemetry's own, which put headers into requests."""


@pytest.fixture(scope="session")
def exported() -> Iterator[InMemorySpanExporter]:
    """The process as `opentelemetry-instrument` sets it up, with spans kept in memory."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    configure()
    instrumentors: list[BaseInstrumentor] = [
        *(
            entry.load()()
            for name in OPENTELEMETRY
            for entry in entry_points(group=GROUP, name=name)
        ),
        *(make() for make in TRANSPORTS),
    ]
    for instrumentor in instrumentors:
        instrumentor.instrument()
    yield exporter
    for instrumentor in instrumentors:
        instrumentor.uninstrument()


@pytest.fixture
def spans(exported: InMemorySpanExporter) -> Iterator[Spans]:
    """The spans of this test; it fails if a hook failed."""
    exported.clear()
    _guard._failures.clear()
    yield Spans(exported)
    assert _guard.internal_errors() == {}


class Spans:
    """The LLM spans that have begun and ended; one of an earlier test may end when it is collected."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter
        self._since_ns = time.time_ns()

    def llm(self) -> list[ReadableSpan]:
        return [span for span in self.all() if "spantally.api" in (span.attributes or {})]

    def all(self) -> list[ReadableSpan]:
        finished = self._exporter.get_finished_spans()
        return [span for span in finished if (span.start_time or 0) >= self._since_ns]

    def only(self) -> dict[str, object]:
        """The attributes of the one LLM span."""
        (span,) = self.llm()
        return dict(span.attributes or {})

    def clear(self) -> None:
        self._exporter.clear()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """A stand-in that is configured to be both OpenAI and Anthropic."""
    with replay_server.serve() as server:
        monkeypatch.setenv(env.SPANTALLY_HOSTS, f"127.0.0.1:{server.port}=openai|anthropic")
        env.forget()
        yield server
    env.forget()


@pytest.fixture
def bare(exported: InMemorySpanExporter) -> Callable[[], AbstractContextManager[None]]:
    """`with bare():` the app runs without our hooks."""

    @contextmanager
    def uninstrumented() -> Iterator[None]:
        for make in TRANSPORTS:
            make().uninstrument()
        try:
            yield
        finally:
            for make in TRANSPORTS:
                make().instrument()

    return uninstrumented


@pytest.fixture(scope="session")
def one_root(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with one certificate authority. A client reads all of its file when it is made: 17 ms of CPU for
    the machine's, more than half of what the tests took. They talk HTTP to this machine."""
    file = tmp_path_factory.mktemp("roots") / "one.pem"
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    file.write_text(first + end)
    return str(file)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, one_root: str) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", one_root)
    for name in (env.SPANTALLY_HOSTS, env.SPANTALLY_TAGS, env.SPANTALLY_INTERNAL_HOSTS):
        monkeypatch.delenv(name, raising=False)
    env.forget()
    yield
    env.forget()
