"""OTLP over HTTP: POST /v1/traces, protobuf or JSON, plain, gzip, zstd or deflate.

Answers follow the OTLP specification (opentelemetry-proto, docs/specification.md, 2026-08): success
in the request's own content type, errors as `google.rpc.Status` in it too. What a retry can fix is
503 with `Retry-After: 1`, never 500: the OpenTelemetry SDKs drop a batch on 500, and also when
asked to wait for longer than what is left of their 10 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from spantally_processor.errors import (
    Malformed,
    Refused,
    TooLarge,
    TryLater,
    Unauthenticated,
    UnsupportedMedia,
)
from spantally_processor.intake import Body, Intake
from spantally_processor.otlp import other_signals, rpc_status
from spantally_processor.otlp.compression import normalise_encoding
from spantally_processor.otlp.decode import JSON, PROTOBUF, normalise_content_type
from spantally_processor.receivers.asgi import (
    Answer,
    ClientGone,
    Message,
    Receive,
    Send,
    header,
    read_body,
    send_answer,
)
from spantally_processor.telemetry import Counter

if TYPE_CHECKING:
    from collections.abc import Mapping

INVALID_SPANS = "spans without a valid trace id, span id or time are not kept"
RETRY_AFTER = (b"retry-after", b"1")

_HEADERS: Mapping[int, tuple[tuple[bytes, bytes], ...]] = {
    503: (RETRY_AFTER,),
    # The connection ends, or the server would read on and throw away a body that nobody may send.
    401: ((b"www-authenticate", b"Bearer"), (b"connection", b"close")),
}

_TRACES = "traces"
_OTHER = {signal.value: signal for signal in other_signals.Signal}
_SIGNALS = {f"/v1/{signal}": signal for signal in (_TRACES, *_OTHER)}

_STATUS: Mapping[type[Refused], tuple[int, int]] = {
    Malformed: (400, rpc_status.INVALID_ARGUMENT),
    TooLarge: (413, rpc_status.RESOURCE_EXHAUSTED),
    UnsupportedMedia: (415, rpc_status.INVALID_ARGUMENT),
    TryLater: (503, rpc_status.UNAVAILABLE),
    Unauthenticated: (401, rpc_status.UNAUTHENTICATED),
}


class OtlpHttp:
    """The receiver as an ASGI application."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request."""
        signal = _SIGNALS.get(scope["path"], "")
        outcome = "accepted"
        try:
            answer = _misdirected(scope, signal) or await self._take(signal, scope, receive)
            if answer.status != 200:
                outcome = "misdirected"
        except Refused as error:
            answer, outcome = _refusal(error, _answer_type(scope)), error.reason
        except ClientGone:
            answer, outcome = None, "client_gone"
        self._intake.telemetry.count(
            Counter.REQUESTS, signal=signal or "none", transport="http", outcome=outcome
        )
        if answer is not None:
            await send_answer(send, answer)

    async def _take(self, signal: str, scope: Message, receive: Receive) -> Answer:
        tenant = self._intake.access.tenant_of(header(scope, b"authorization"))
        content_type = normalise_content_type(header(scope, b"content-type"))
        encoding = normalise_encoding(header(scope, b"content-encoding"))
        limits = self._intake.limits
        raw = await read_body(
            receive,
            self._intake.in_flight,
            limit=limits.wire_bytes,
            deadline_s=limits.body_deadline_s,
        )
        body = Body(raw, content_type, encoding, tenant)
        if signal == _TRACES:
            data = _traces_answer(await self._intake.accept(body), content_type)
        else:
            data = self._decline(_OTHER[signal], body)
        return Answer(200, data, content_type)

    def _decline(self, signal: other_signals.Signal, body: Body) -> bytes:
        plain = self._intake.opened(body)
        with self._intake.in_flight.hold(len(plain)):
            items = other_signals.items_in(
                signal, plain, body.content_type, self._intake.limits.items
            )
        self._intake.telemetry.count(Counter.NOT_KEPT, items, signal=signal.value)
        return other_signals.answer(signal, items, body.content_type)


def _misdirected(scope: Message, signal: str) -> Answer | None:
    """Returns the answer to a wrong path or method."""
    content_type = _answer_type(scope)
    if not signal:
        text = f"there is nothing at this path; OTLP is at {', '.join(_SIGNALS)}"
        return _error(404, rpc_status.NOT_FOUND, text, content_type)
    if scope["method"] != "POST":
        answer = _error(405, rpc_status.UNIMPLEMENTED, "use POST", content_type)
        return Answer(answer.status, answer.body, answer.content_type, ((b"allow", b"POST"),))
    return None


def _traces_answer(invalid: int, content_type: str) -> bytes:
    if content_type == JSON:
        partial = {"rejectedSpans": str(invalid), "errorMessage": INVALID_SPANS}
        return orjson.dumps({"partialSuccess": partial} if invalid else {})
    return traces_response(invalid)


def traces_response(invalid: int) -> bytes:
    """Returns a serialised ExportTraceServiceResponse; partial success is unset when all is well."""
    if not invalid:
        return b""
    partial = ExportTracePartialSuccess(rejected_spans=invalid, error_message=INVALID_SPANS)
    return ExportTraceServiceResponse(partial_success=partial).SerializeToString()


def _refusal(error: Refused, content_type: str) -> Answer:
    status, code = _STATUS[type(error)]
    answer = _error(status, code, str(error), content_type)
    return Answer(status, answer.body, answer.content_type, _HEADERS.get(status, ()))


def _error(status: int, code: int, message: str, content_type: str) -> Answer:
    if content_type == PROTOBUF:
        return Answer(status, rpc_status.status(code, message), PROTOBUF)
    return Answer(status, orjson.dumps({"code": code, "message": message}), JSON)


def _answer_type(scope: Message) -> str:
    """Returns the request's own content type; JSON, which people can read, when that is not OTLP."""
    try:
        return normalise_content_type(header(scope, b"content-type"))
    except UnsupportedMedia:
        return JSON
