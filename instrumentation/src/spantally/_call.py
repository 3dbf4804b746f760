"""One attempt at an LLM call, from the request to the last byte: the state machine.

It does no I/O and knows no HTTP library; transports tell it what happened. However a call ends (read to
the end, closed early, failed, forgotten), its span ends exactly once, with what was known by then.
"""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry import trace

from spantally import _wire
from spantally._body import body_reader
from spantally._decoding import decoder_for
from spantally._guard import guarded
from spantally.propagation import calling_provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Token

    from opentelemetry.context import Context

    from spantally._body import EventBody, JsonBody
    from spantally._recognise import Recognised
    from spantally.providers import Attributes

_tracer = trace.get_tracer(_wire.SCOPE, version("spantally"))


class Call:
    """The life of one attempt.

    Args:
        recognised: Which API, whose, and the request's body.
        host: As in the request's URL.
        port: None for the scheme's own.
        resend_count: 0 for a first attempt.
    """

    def __init__(
        self, recognised: Recognised, host: str, port: int | None, resend_count: int = 0
    ) -> None:
        self._api = recognised.api
        self._body: JsonBody | EventBody | None = None
        self._decode: Callable[[bytes], bytes] | None = None
        self._status: int | None = None
        self._refused = False
        self._error: str | None = None
        self._first_chunk_after: float | None = None
        self.ended = False
        attributes = _start_attributes(recognised, host, port, resend_count)
        model = attributes.get(_wire.REQUEST_MODEL)
        name = f"{recognised.api.operation} {model}" if model else recognised.api.operation
        self._streams = _wire.REQUEST_STREAM in attributes
        self._started = time.perf_counter()
        self._span = _tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes)

    def context(self) -> Context:
        """The context to make the request in: the span is current, and nothing is injected."""
        return calling_provider(self, trace.set_span_in_context(self._span))

    def respond(self, status: int, headers: Mapping[str, str]) -> None:
        """The response's head has arrived. Header names are lower case."""
        self._status = status
        self._refused = status >= 300
        if self._refused:
            self._error = str(status)
        self._body = body_reader(self._api, headers)
        self._decode = decoder_for(headers.get("content-encoding", ""))

    @guarded
    def feed(self, chunk: bytes) -> None:
        """A chunk of the body passes, encoded as it was sent."""
        if self._body is not None and self._decode is not None and not self.ended:
            if self._first_chunk_after is None:
                self._first_chunk_after = time.perf_counter() - self._started
            self._body.feed(self._decode(chunk))

    @guarded
    def read(self, content: bytes) -> None:
        """The whole body, decoded by the HTTP library."""
        self._decode = bytes
        self.feed(content)
        self.end()

    def fail(self, error: BaseException, *, sent: bool = True) -> None:
        """The attempt failed. If it was never sent, it was not billed."""
        kind = type(error)
        builtin = kind.__module__ == "builtins"
        self._error = kind.__qualname__ if builtin else f"{kind.__module__}.{kind.__qualname__}"
        self._refused = not sent
        self.end()

    def end(self) -> None:
        """There will be no more. Only the first end counts."""
        if self.ended:
            return
        self.ended = True
        attributes = self._final_attributes() or {_wire.USAGE_SOURCE: "missing"}
        self._set_attributes(attributes)
        self._span.end()

    @guarded
    def _final_attributes(self) -> Attributes:
        attributes: Attributes = {} if self._status is None else {_wire.STATUS_CODE: self._status}
        source = "not_billed" if self._refused else "missing"
        if self._body is not None:
            report, code = self._body.report()
            attributes.update(report.attributes)
            self._error = code or self._error
            if report.has_usage and not self._refused:
                source = "provider" if report.complete else "partial"
        if self._streams and self._first_chunk_after is not None and not self._refused:
            attributes[_wire.TIME_TO_FIRST_CHUNK] = self._first_chunk_after
        attributes[_wire.USAGE_SOURCE] = source
        return attributes

    @guarded
    def _set_attributes(self, attributes: Attributes) -> None:
        if self._error:
            attributes[_wire.ERROR_TYPE] = self._error
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.set_attributes(attributes)


def _start_attributes(
    recognised: Recognised, host: str, port: int | None, resend_count: int
) -> Attributes:
    api, provider = recognised.api, recognised.provider
    attributes: Attributes = {
        _wire.OPERATION: api.operation,
        _wire.PROVIDER: provider.name,
        _wire.PROVIDER_SOURCE: provider.source,
        _wire.API: api.name,
        _wire.SERVER_ADDRESS: host,
        **api.read_request(recognised.request),
    }
    if provider.source == "host":
        attributes.update(api.read_host(host))
    if port is not None and port != 443:
        attributes[_wire.SERVER_PORT] = port
    if resend_count:
        attributes[_wire.RESEND_COUNT] = resend_count
    return attributes


class Current:
    """`with Current(call):` makes the call's context the current one. It raises nothing of its own."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._token: Token[Context] | None = None

    @guarded
    def __enter__(self) -> None:
        self._token = otel_context.attach(self._call.context())

    @guarded
    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            otel_context.detach(self._token)
