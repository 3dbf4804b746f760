"""Sending a serialised trace request over HTTP or gRPC, and what an answer means for the next try.

A body goes out as it is given, gzipped. What OTLP calls retryable is transient, everything else is
permanent: the same body would be refused again. Only an answer that blames the body says that half of
it may be taken; one about the path or the key does not, nor one that took some spans already.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit, urlunsplit

import grpc
import httpx
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.otlp.decode import PROTOBUF

if TYPE_CHECKING:
    from spantally_processor.config import Target

RETRYABLE = frozenset((408, 429, 502, 503, 504))
"""OTLP names the last four; a request timeout says nothing about the data either."""

BLAMING = frozenset((400, 413, 422))
"""Answers that are about what was sent."""

RETRYABLE_CODES = frozenset(
    (
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    )
)
"""OTLP's list (opentelemetry-proto, docs/specification.md, 2026-08)."""

_TOO_LARGE = "larger than max"
"""How gRPC servers in C and Go word a message over their limit, which is 4 MiB unless they set another.
The code is RESOURCE_EXHAUSTED, as for a server that is busy."""

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class OtlpClient(Protocol):
    """One target."""

    def send(self, body: bytes) -> None:
        """Delivers a trace request; raises TransientSinkError or PermanentSinkError."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...


def client_of(target: Target, name: str) -> OtlpClient:
    """Returns a client for a target; `name` is what errors call it."""
    return GrpcClient(target, name) if target.protocol == "grpc" else HttpClient(target, name)


class HttpClient:
    """OTLP/HTTP with protobuf bodies. Redirects are not followed."""

    def __init__(self, target: Target, name: str) -> None:
        self._name = name
        self._endpoint = endpoint_of(target.url)
        self._client = httpx.Client(timeout=target.timeout_s, headers=dict(target.headers))

    def send(self, body: bytes) -> None:
        """See OtlpClient."""
        try:
            response = self._client.post(
                self._endpoint,
                content=gzip.compress(body, compresslevel=1),
                headers={"content-type": PROTOBUF, "content-encoding": "gzip"},
            )
        except httpx.TransportError as error:
            raise TransientSinkError(f"{self._name}: {type(error).__name__}: {error}") from error
        if response.status_code in RETRYABLE:
            raise TransientSinkError(
                f"{self._name} answered {response.status_code}",
                _seconds(response.headers.get("retry-after", "")),
            )
        if not response.is_success:
            raise PermanentSinkError(
                f"{self._name} answered {response.status_code}: {response.text[:200]!r}",
                divisible=response.status_code in BLAMING,
            )
        _check_nothing_rejected(self._name, response.content)

    def close(self) -> None:
        """See OtlpClient."""
        self._client.close()


class GrpcClient:
    """OTLP over gRPC; `https` in the URL is TLS with the system's authorities."""

    def __init__(self, target: Target, name: str) -> None:
        self._name = name
        self._timeout_s = target.timeout_s
        self._metadata = [(key.lower(), value) for key, value in target.headers.items()]
        parts = urlsplit(target.url)
        host = parts.netloc.rpartition("@")[2]
        compression = grpc.Compression.Gzip
        g = cast("Any", grpc)
        self._channel: Any = (
            g.secure_channel(host, g.ssl_channel_credentials(), compression=compression)
            if parts.scheme == "https"
            else g.insecure_channel(host, compression=compression)
        )
        self._export: Any = self._channel.unary_unary(_EXPORT)

    def send(self, body: bytes) -> None:
        """See OtlpClient."""
        try:
            answer: bytes = self._export(body, timeout=self._timeout_s, metadata=self._metadata)
        except grpc.RpcError as error:
            call = cast("Any", error)
            text = f"{self._name} answered {call.code().name}: {str(call.details())[:200]!r}"
            is_too_large = _TOO_LARGE in str(call.details())
            if call.code() in RETRYABLE_CODES and not is_too_large:
                raise TransientSinkError(text) from error
            blames_body = is_too_large or call.code() is grpc.StatusCode.INVALID_ARGUMENT
            raise PermanentSinkError(text, divisible=blames_body) from error
        _check_nothing_rejected(self._name, answer)

    def close(self) -> None:
        """See OtlpClient."""
        self._channel.close()


def _check_nothing_rejected(name: str, answer: bytes) -> None:
    try:
        partial = ExportTraceServiceResponse.FromString(answer).partial_success
    except DecodeError:  # not every backend answers with the message that OTLP asks for
        return
    if partial.rejected_spans > 0:
        raise PermanentSinkError(
            f"{name} rejected {partial.rejected_spans} spans: {partial.error_message[:200]!r}",
            divisible=False,
        )


def endpoint_of(url: str) -> str:
    """Returns where traces go: a URL without a path is a base, as in OTEL_EXPORTER_OTLP_ENDPOINT."""
    parts = urlsplit(url)
    return url if parts.path.strip("/") else urlunsplit(parts._replace(path="/v1/traces"))


def without_credentials(url: str) -> str:
    """Returns the URL without user, password and query, fit for logs."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
