"""Is the exporter's endpoint there, does it take spans, and what has it received?

First a connection, then an export without spans, which every OTLP receiver accepts, then the metrics of the
Spantally processor, if that is what answers.
"""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from spantally.doctor._findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spantally.doctor._findings import Surroundings

TIMEOUT_S = 3.0
_SERVICE = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HTTP_PORT = 4318


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where spans go."""

    url: str
    protocol: str
    """`grpc` or `http/protobuf`."""
    headers: Mapping[str, str]
    named: bool
    """Whether the environment names it, or it is the default."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "localhost", parts.port or _DEFAULT_PORTS.get(parts.scheme, 4317)

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.url.startswith("https://")


def endpoint(environ: Mapping[str, str]) -> Endpoint:
    """What the OTLP exporter would use.

    https://opentelemetry.io/docs/specs/otel/protocol/exporter/ (2026-11)
    """
    protocol = (
        environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        or environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "grpc"
    )
    own = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    shared = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    port = 4317 if protocol == "grpc" else _HTTP_PORT
    url = own or shared or f"http://localhost:{port}"
    if "://" not in url:
        url = "http://" + url
    if protocol != "grpc" and not own:
        url = url.rstrip("/") + "/v1/traces"
    listed = (
        environ.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
        or environ.get("OTEL_EXPORTER_OTLP_HEADERS")
        or ""
    )
    pairs = (entry.partition("=") for entry in listed.split(",") if "=" in entry)
    headers = {name.strip().lower(): unquote(value.strip()) for name, _, value in pairs}
    return Endpoint(url, protocol, headers, named=bool(own or shared))


def check(around: Surroundings, processor: str | None = None) -> Iterator[Finding]:
    """Reach the endpoint.

    Args:
        around: The environment.
        processor: The processor's HTTP address, where the endpoint is something in between.
    """
    where = endpoint(around.environ)
    if not where.named:
        yield Finding(
            "export", Level.NOTE, f"no endpoint is set; spans go to {where.url}",
            "set OTEL_EXPORTER_OTLP_ENDPOINT",
        )  # fmt: skip
    refusal = _connect(where)
    if refusal:
        yield Finding(
            "export", Level.FINDING,
            f"{where.url} ({where.protocol}) cannot be reached: {refusal}; spans would be lost",
            "start the processor there (spantally serve), or correct OTEL_EXPORTER_OTLP_ENDPOINT",
        )  # fmt: skip
        return
    refusal = _export_grpc(where) if where.protocol == "grpc" else _export_http(where)
    if refusal:
        yield Finding(
            "export", Level.FINDING, f"{where.url} ({where.protocol}) does not take spans: {refusal}",
            "gRPC is port 4317 and OTEL_EXPORTER_OTLP_PROTOCOL=grpc; HTTP is port 4318 and http/protobuf; "
            "a key goes into OTEL_EXPORTER_OTLP_HEADERS",
        )  # fmt: skip
    else:
        yield Finding("export", Level.OK, f"{where.url} ({where.protocol}) takes spans")
    yield _received(processor or _status_url(where), asked=processor is not None)


def _connect(where: Endpoint) -> str | None:
    try:
        socket.create_connection(where.address, TIMEOUT_S).close()
    except OSError as error:
        return str(error)
    return None


def _export_http(where: Endpoint) -> str | None:
    headers = {**where.headers, "content-type": "application/x-protobuf"}
    request = urllib.request.Request(where.url, b"", headers, method="POST")  # noqa: S310 - the exporter's own URL
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answers {error.code}"
    except (OSError, ValueError, HTTPException) as error:
        return f"{type(error).__name__}: {error}"


def _export_grpc(where: Endpoint) -> str | None:
    try:
        grpc: Any = import_module("grpc")
    except ImportError:
        return "grpcio is not installed (pip install opentelemetry-exporter-otlp-proto-grpc)"
    host, port = where.address
    target = f"{host}:{port}"
    if where.secure:
        channel = grpc.secure_channel(target, grpc.ssl_channel_credentials())
    else:
        channel = grpc.insecure_channel(target)
    with channel:
        export = channel.unary_unary(_SERVICE)
        try:
            export(b"", timeout=TIMEOUT_S, metadata=tuple(where.headers.items()))
        except grpc.RpcError as error:
            return f"{error.code().name}: {error.details()}"
    return None


def _status_url(where: Endpoint) -> str:
    """The processor answers /metrics at its door for OTLP over HTTP."""
    host, port = where.address
    scheme = "https" if where.secure else "http"
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{_HTTP_PORT if where.protocol == 'grpc' else port}"


def _received(url: str, *, asked: bool) -> Finding:
    try:
        with urllib.request.urlopen(url.rstrip("/") + "/metrics", timeout=TIMEOUT_S) as answer:  # noqa: S310
            counts = _counts(answer.read().decode(errors="replace"))
    except (OSError, ValueError, HTTPException) as error:
        counts = {}
        if asked:
            return Finding(
                "export", Level.FINDING, f"{url}/metrics: {error}", "correct --processor"
            )
    if "spantally_spans_received_total" not in counts:
        return Finding(
            "export", Level.NOTE, f"{url} is no Spantally processor, so what arrived there is not known",
            "behind a Collector, name the processor: --processor http://HOST:4318",
        )  # fmt: skip
    received = counts["spantally_spans_received_total"]
    llm = counts.get("spantally_llm_spans_stored_total", 0)
    unpriced = counts.get("spantally_llm_spans_unpriced_total", 0)
    aside = counts.get("spantally_spans_quarantined_total", 0)
    what = (
        f"the processor at {url} has received {received} spans since it started and stored {llm} LLM spans, "
        f"{unpriced} of them without a cost"
    )
    if aside:
        return Finding(
            "export",
            Level.FINDING,
            f"{what}; {aside} spans are set aside",
            "see `spantally serve`'s log",
        )
    return Finding("export", Level.OK, what)


def _counts(metrics: str) -> dict[str, int]:
    """The sum of each metric over its labels."""
    counts: dict[str, int] = {}
    for line in metrics.splitlines():
        name, _, value = line.rpartition(" ")
        if name and not line.startswith("#"):
            bare = name.partition("{")[0]
            try:
                counts[bare] = counts.get(bare, 0) + int(float(value))
            except ValueError:
                continue
    return counts
