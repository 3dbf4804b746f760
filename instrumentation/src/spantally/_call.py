"""One attempt at an LLM call, from the request to the last byte: the state machine.

It does no I/O and knows no HTTP library; transports tell it what happened. However a call ends (read to
the end, closed early, failed, forgotten), its span ends exactly once, with what was known by then.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING
from weakref import ref

from opentelemetry import context as otel_context
from opentelemetry import trace

from spantally import _wire
from spantally._body import body_reader, read_whole
from spantally._decoding import decoder_for
from spantally._from_cache import is_from_cache
from spantally._guard import guarded
from spantally._retrievals import retrievals
from spantally._signals import read_keys, read_signals
from spantally._span_attributes import put
from spantally._tracing import start_span
from spantally.apis import Head, Report
from spantally.propagation import calling_provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Token

    from opentelemetry.context import Context

    from spantally._body import Body
    from spantally._recognise import Outgoing, Recognised
    from spantally.apis import Attributes


_open: set[ref[Call]] = set()
"""The attempts whose response somebody holds. What nobody holds ends by itself."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_open.clear)  # they are the parent's

_NOT_BILLED = "not_billed"
_CHARGES = (_wire.STATED_COST, _wire.STATED_COST_SOURCE, _wire.UPSTREAM_COST)
"""What is stated was paid by whoever was answered first."""


def _those_open() -> list[Call]:
    """All of them at this moment, whatever other threads do."""
    return [call for reference in list(_open) if (call := reference()) is not None]


@guarded
def abandon_open() -> None:
    """End what the app has not read to its end when the process ends, with what is known by now."""
    for call in _those_open():
        call.abandon()


class Call:
    """The life of one attempt.

    Args:
        recognised: Which API, whose, and the request's body.
        outgoing: Where to.
        context: Where the call is made: its span's parent, and the tags.
        resend_count: 0 for a first attempt.
    """

    def __init__(
        self, recognised: Recognised, outgoing: Outgoing, context: Context, resend_count: int = 0
    ) -> None:
        self._api = recognised.place.endpoint.api
        self._request = recognised.request
        self.restore_request: Callable[[], None] | None = None
        """Puts the app's request back as it was; None if it was sent so."""
        self.hides_usage = False
        """Whether we asked for usage: the app is not to see the answer."""
        self.to_own_gateway = recognised.place.own_gateway
        self.target = (outgoing.method, outgoing.host, outgoing.path)
        self._resend_count = resend_count
        fingerprint, hash_key = _read_keys(outgoing.headers) or ("", b"")
        self._attributes: Attributes = start_attributes(recognised, outgoing, fingerprint)
        if resend_count:
            self._attributes[_wire.RESEND_COUNT] = resend_count
        signals = _read_signals(recognised.request.body, recognised.content, hash_key)
        self._attributes.update(signals or {})
        self._context = context
        self._begin_attempt()

    def _begin_attempt(self) -> None:
        self._head: Head | None = None
        self._body: Body | None = None
        self._whole = b""
        self._decode: Callable[[bytes], bytes] | None = None
        self._refused = False
        self._cut = False
        self._error: str | None = None
        self._first_chunk_after: float | None = None
        self.ended = False
        _open.add(ref(self, _open.discard))
        self._started = time.perf_counter()
        self._started_ns = time.time_ns()
        self._span = self._start_span()

    def context(self) -> Context:
        """The context to make the request in: the span is current, and nothing is injected for a provider."""
        parent: trace.SpanContext | None = getattr(self._span, "parent", None)
        if self._span is None or (parent is not None and not parent.trace_flags.sampled):
            # The app sampled this trace out: spans inside the call are not to be sampled by ours.
            return calling_provider(self, self._context)
        return calling_provider(self, trace.set_span_in_context(self._span, self._context))

    def respond(self, status: int, headers: Mapping[str, str]) -> None:
        """The response's head has arrived. Headers are looked up by lower-case name."""
        self._refused = status >= 300
        if self._refused:
            self._error = str(status)
            self.hides_usage = False
        self._head = Head(self._request, status, headers)
        self._body = None

    @guarded
    def feed(self, chunk: bytes) -> None:
        """A chunk of the body passes, encoded as it was sent."""
        if self._head is None or self.ended:
            return
        self._body = self._body or body_reader(self._api, self._head)
        if self._first_chunk_after is None:
            self._first_chunk_after = time.perf_counter() - self._started
            encoding = self._head.headers.get("content-encoding") or ""
            self._decode = self._decode or decoder_for(encoding)
        if self._decode is not None:
            self._body.feed(self._decode(chunk))

    def feed_decoded(self, chunk: bytes) -> None:
        """A chunk of the body passes, decoded by the HTTP library."""
        self._decode = bytes
        self.feed(chunk)

    def read(self, content: bytes) -> None:
        """The whole body, decoded by the HTTP library."""
        if not self.ended:
            self._first_chunk_after = time.perf_counter() - self._started
            self._whole = bytes(content)
            self.end()

    def fail(self, error: BaseException, *, sent: bool = True) -> None:
        """The attempt failed. If it was never sent, it was not billed."""
        kind = type(error)
        builtin = kind.__module__ == "builtins"
        self._error = kind.__qualname__ if builtin else f"{kind.__module__}.{kind.__qualname__}"
        self._refused = not sent
        self._cut = True
        self.end()

    @guarded
    def resend(self, outcome: int | BaseException, *, sent: bool = True) -> None:
        """The HTTP library tries once more by itself: an attempt has ended, the next one begins.

        Args:
            outcome: The status that came, or the exception instead of one.
            sent: Whether the attempt that failed may have reached the provider.
        """
        if isinstance(outcome, int):
            self.respond(outcome, {})
            self.end()
        else:
            self.fail(outcome, sent=sent)
        self._resend_count += 1
        self._attributes[_wire.RESEND_COUNT] = self._resend_count
        self._begin_attempt()

    def abandon(self) -> None:
        """The app wants no more; unless the body has ended already, it is cut."""
        self._cut = self._cut or not self.ended
        self.end()

    def end(self) -> None:
        """There will be no more. Only the first end counts."""
        if self.ended:
            return
        self.ended = True
        self._finish()

    @guarded
    def _finish(self) -> None:
        span = self._span
        if span is None:
            return
        try:
            report = self._read_report() or Report()
            attributes = self._final_attributes(report)
            put(span, attributes)
            if self._error:
                span.set_status(trace.StatusCode.ERROR)
            if attributes[_wire.USAGE_SOURCE] != _NOT_BILLED:
                self._remember(str(attributes.get(_wire.RESPONSE_ID) or ""), report)
        finally:
            span.end()

    def _remember(self, response_id: str, report: Report) -> None:
        """What is known of this id, for those who fetch it later: of one that was cut, not the whole."""
        if response_id and report.has_usage and report.complete:
            retrievals.reported(response_id)
        elif response_id:
            retrievals.asked(response_id, self._context)

    @guarded
    def _read_report(self) -> Report | None:
        if self._head is None:
            return None
        if self._whole:
            report, code = read_whole(self._api, self._head, self._whole)
        else:
            report, code = (self._body or body_reader(self._api, self._head)).report()
        self._error = code or self._error
        return report

    def _final_attributes(self, report: Report) -> Attributes:
        attributes = report.attributes
        if self._head is not None:
            attributes[_wire.STATUS_CODE] = self._head.status
        source = report.source
        if self._refused or not report.is_billed or self._is_from_cache():
            source = _NOT_BILLED
            for charge in _CHARGES:
                attributes.pop(charge, None)
        streams = _wire.REQUEST_STREAM in self._attributes and not self._refused
        if streams and self._first_chunk_after is not None:
            attributes[_wire.TIME_TO_FIRST_CHUNK] = self._first_chunk_after
        attributes[_wire.USAGE_SOURCE] = source
        if self._error:
            attributes[_wire.ERROR_TYPE] = self._error
        return attributes

    def _is_from_cache(self) -> bool:
        """Whether a gateway's cache answered. What is fetched, from one too, was paid when it was ordered."""
        is_call = self._span is not None
        return is_call and self._head is not None and is_from_cache(self._head.headers)

    def _start_span(self) -> trace.Span | None:
        """The span of an attempt; None for what is a call only if its end tells so."""
        return start_span(self._attributes, self._context, self._started_ns)


def start_attributes(recognised: Recognised, outgoing: Outgoing, fingerprint: str) -> Attributes:
    """What is known before a request is sent: whose API, where, with which key, and what is asked."""
    place = recognised.place
    attributes: Attributes = {
        _wire.OPERATION: place.endpoint.api.operation,
        _wire.PROVIDER: place.provider,
        _wire.PROVIDER_SOURCE: place.source,
        _wire.API: place.endpoint.api.name,
        _wire.SERVER_ADDRESS: outgoing.host,
        **place.host_attributes,
        **place.endpoint.api.read_request(recognised.request),
    }
    if outgoing.port is not None and outgoing.port != 443:
        attributes[_wire.SERVER_PORT] = outgoing.port
    if fingerprint:
        attributes[_wire.KEY_FINGERPRINT] = fingerprint
    return attributes


_read_keys, _read_signals = guarded(read_keys), guarded(read_signals)


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
