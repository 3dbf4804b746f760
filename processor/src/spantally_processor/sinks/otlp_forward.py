"""Priced spans on to a tracing backend, over OTLP/HTTP.

The span leaves as it came, unknown fields included, but for its `spantally.cost.*` attributes:
incoming ones are removed from every span, because only the processor may state a cost, and an LLM
call gets ours. Delivery is at least once: after a crash the last request may be sent again.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from spantally_processor.booking import book
from spantally_processor.errors import PermanentSinkError, TransientSinkError
from spantally_processor.model import Role
from spantally_processor.otlp.decode import PROTOBUF
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from spantally_processor.booking import BookedRequest, BookedSpan, OpenRequest
    from spantally_processor.model import PricedSpan
    from spantally_processor.pricer import Pricer
    from spantally_processor.sinks import SinkBatch
    from spantally_processor.telemetry import Telemetry

COST_PREFIX = "spantally.cost."

RETRYABLE = frozenset((408, 429, 502, 503, 504))
"""OTLP names the last four; a request timeout says nothing about the data either."""


class ForwardSink:
    """Sends each request of a batch to one endpoint."""

    max_spans = 1
    """One request at a time: the cursor then moves with each one that was delivered."""
    flush_interval_s = 0.0
    max_quarantine_bytes = 64 << 20
    """A target with a wrong path refuses everything; that must not fill the spool."""

    def __init__(self, url: str, *, timeout_s: float = 10.0) -> None:
        self._endpoint = endpoint_of(url)
        self.name = f"forward:{without_credentials(self._endpoint)}"
        self._client = httpx.Client(timeout=timeout_s)

    def open(self) -> None:
        """A connection is made with the first request."""

    def book(self, request: OpenRequest, pricer: Pricer) -> BookedRequest:
        """Prices the request's spans."""
        return book(request, pricer)

    def write(self, batch: SinkBatch[BookedRequest]) -> None:
        """Sends every request; raises at the first that is not taken."""
        for request in batch.requests:
            self._post(with_costs(request))

    def count(self, telemetry: Telemetry, requests: Sequence[BookedRequest]) -> None:
        """Counts the spans as forwarded."""
        spans = sum(request.received for request in requests)
        telemetry.count(Counter.FORWARDED, spans, destination=self.name)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _post(self, body: bytes) -> None:
        try:
            response = self._client.post(
                self._endpoint,
                content=gzip.compress(body, compresslevel=1),
                headers={"content-type": PROTOBUF, "content-encoding": "gzip"},
            )
        except httpx.TransportError as error:
            raise TransientSinkError(f"{self.name}: {type(error).__name__}: {error}") from error
        if response.status_code in RETRYABLE:
            raise TransientSinkError(
                f"{self.name} answered {response.status_code}",
                _seconds(response.headers.get("retry-after", "")),
            )
        if not response.is_success:
            raise PermanentSinkError(
                f"{self.name} answered {response.status_code}: {response.text[:200]!r}"
            )
        _check_nothing_rejected(self.name, response)


def _check_nothing_rejected(name: str, response: httpx.Response) -> None:
    try:
        partial = ExportTraceServiceResponse.FromString(response.content).partial_success
    except DecodeError:  # not every backend answers with the message that OTLP asks for
        return
    if partial.rejected_spans > 0:
        raise PermanentSinkError(
            f"{name} rejected {partial.rejected_spans} spans: {partial.error_message[:200]!r}"
        )


def endpoint_of(url: str) -> str:
    """Returns where traces go: a URL without a path is a base, as in OTEL_EXPORTER_OTLP_ENDPOINT."""
    parts = urlsplit(url)
    return url if parts.path.strip("/") else urlunsplit(parts._replace(path="/v1/traces"))


def without_credentials(url: str) -> str:
    """Returns the URL without user, password and query, fit for logs."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def with_costs(request: BookedRequest) -> bytes:
    """Returns the request's bytes with our costs on its spans."""
    for group in request.message.resource_spans:
        for scope_spans in group.scope_spans:
            for span in scope_spans.spans:
                _remove_costs(span)
    for span in request.spans:
        _add_cost(span)
    return request.message.SerializeToString()


def _remove_costs(span: Span) -> None:
    for index in reversed(range(len(span.attributes))):
        if span.attributes[index].key.startswith(COST_PREFIX):
            del span.attributes[index]


def _add_cost(span: BookedSpan) -> None:
    priced = span.priced
    if priced is not None and priced.span.role is Role.CALL:
        span.view.message.attributes.extend(cost_attributes(priced))


def cost_attributes(priced: PricedSpan) -> list[KeyValue]:
    """Returns the `spantally.cost.*` attributes of docs/reference/wire.md."""
    texts = {
        "status": priced.status.value,
        "reason": priced.reason,
        "table_version": priced.table_version,
    }
    if priced.amount is not None:
        texts["amount"] = _digits(priced.amount)
        texts["currency"] = "USD"
        texts["source"] = priced.cost_source.value
    if priced.list_amount is not None:
        texts["list_amount"] = _digits(priced.list_amount)
    pairs = [
        KeyValue(key=COST_PREFIX + key, value=AnyValue(string_value=text))
        for key, text in texts.items()
        if text
    ]
    if priced.amount is not None:
        usd = AnyValue(double_value=float(priced.amount))
        pairs.append(KeyValue(key=COST_PREFIX + "usd", value=usd))
    return pairs


def _digits(amount: Decimal) -> str:
    """Returns every digit, without zeros at the end; `normalize` would round to 28 digits."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
