"""A response body, read on the side while the app reads it.

The framing (one JSON document, server-sent events, JSON lines, Amazon's event stream) is known by the content
type, and where that says nothing or is wrong, by the first bytes: gateways send event streams as JSON and JSON
as octets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from spantally._aws_events import AwsEventSplitter
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally._lines import LineSplitter, elements_as_lines
from spantally._sse import EventSplitter, ServerSentEvent
from spantally.apis import Report
from spantally.apis._batch import BatchResults

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally.apis import Api, EventReader, Head

MAX_BODY_BYTES = 64 * 1024 * 1024
"""A larger JSON body is let through unread; its usage is missing."""

_SIGNS_OF_ERROR = {"error", "errors", "code", "__type", "base_resp"}
_ERROR_CODE = re.compile(r"[A-Za-z0-9_.:\-]{1,64}")
_SNIFFED = 10
"""Bytes that are enough to tell an event stream, a byte order mark included."""
_FIRST_OF_EVENTS = (b"data:", b"event:", b":", b"id:", b"retry:")
_MAY_BE_ERROR = re.compile(rb'"error":\s*[{"]')
_SAYS_ERROR = (b'{"error"', b'{"type":"error"', b'{"type": "error"')

Outcome = tuple[Report, "str | None"]
"""What the provider said, and its error code if it said that something failed."""


class Body(Protocol):
    """Takes a body in chunks, decoded, and says what was in it."""

    def feed(self, data: bytes) -> None:
        """Take the next chunk."""
        ...

    def report(self) -> Outcome:
        """What has been said up to now."""
        ...


class Splitter(Protocol):
    """Cuts a byte stream into events."""

    @property
    def between_events(self) -> bool:
        """Whether everything that was fed has come out again."""
        ...

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that `chunk` completes."""
        ...

    def finish(self) -> list[ServerSentEvent]:
        """What a stream leaves behind that ended without its last delimiter."""
        ...


class JsonBody:
    """One JSON document, parsed when it is complete."""

    def __init__(self, api: Api, head: Head) -> None:
        self._api = api
        self._head = head
        self._chunks: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Keep a chunk (a reference, not a copy, unless the library may write over it)."""
        self._size += len(data)
        if self._size <= MAX_BODY_BYTES:
            self._chunks.append(bytes(data))
        else:
            self._chunks.clear()

    def report(self) -> Outcome:
        """What the provider said, and the error code if it is an error."""
        content = b"".join(self._chunks)
        document = parse_object(content)
        if document is not None:
            return _read_document(document, content, self._api, self._head)
        reader = self._api.read_stream(self._head)
        if reader is not None and content:
            body = EventBody(reader, LineSplitter())
            body.feed(elements_as_lines(content))
            return body.report()
        report = self._api.read_response({}, self._head)
        report.complete = False
        return report, _amazons_error(self._head)


class EventBody:
    """A stream of events, read as they pass."""

    def __init__(self, reader: EventReader, splitter: Splitter) -> None:
        self._splitter = splitter
        self._reader = reader
        self._error: str | None = None

    def feed(self, data: bytes) -> None:
        """Read the events that this chunk completes; most are seen to be dull from outside."""
        if data.endswith(b"\n\n") and self._splitter.between_events:
            for marker in self._reader.markers:
                if marker in data:
                    break
            else:
                return
        for event in self._splitter.feed(data):
            self._take(event)

    def report(self) -> Outcome:
        """What the provider said up to now, and the error that broke the stream, if one did."""
        for event in self._splitter.finish():
            self._take(event)
        return self._reader.report(), self._error

    def _take(self, event: ServerSentEvent) -> None:
        """Note an error; an event that has one may have the last counts beside it."""
        data = event.data
        if event.name.endswith(b"error") or data.startswith(_SAYS_ERROR):
            self._error = error_code(parse_object(data) or {}) or "stream_error"
        elif b'"error"' in data and _MAY_BE_ERROR.search(data):
            self._error = _error_in(parse_object(data)) or self._error
        self._reader.feed(event)


class ResultsBody(EventBody):
    """Results of a batch, a line each. That one of them failed is no failure of reading them."""

    def _take(self, event: ServerSentEvent) -> None:
        self._reader.feed(event)


class UnreadBody:
    """Sound, pictures, film: let through unread."""

    def __init__(self, api: Api, head: Head) -> None:
        self._api = api
        self._head = head

    def feed(self, data: bytes) -> None:
        """Nothing is kept."""

    def report(self) -> Outcome:
        """What the head and the request say."""
        return self._api.read_response({}, self._head), None


class SniffedBody:
    """A body whose framing the first bytes tell.

    Args:
        api: Who reads it.
        head: What came before it.
        announced: The framing by the content type, if that says one: one document is known all the same.
    """

    def __init__(self, api: Api, head: Head, announced: Callable[[], Splitter] | None) -> None:
        self._api = api
        self._head = head
        self._announced = announced
        self._first = b""
        self._body: Body | None = None

    def feed(self, data: bytes) -> None:
        """Take the next chunk of those that decide; the others go straight to the body that was decided for."""
        self._first += data
        if len(self._first.lstrip()) >= _SNIFFED:
            self._decide()

    def report(self) -> Outcome:
        """What the provider said up to now."""
        return (self._body or self._decide()).report()

    def _decide(self) -> Body:
        first = self._first.lstrip()
        is_document = first.startswith((b"{", b"["))
        splitter = None if is_document else _splitter_of(first) or self._announced
        self._body = _framed(self._api, self._head, splitter)
        self._body.feed(self._first)
        self.feed = self._body.feed
        return self._body


_FRAMINGS: dict[str, Callable[[], Splitter]] = {
    "text/event-stream": EventSplitter,
    "application/x-ndjson": LineSplitter,
    "application/jsonl": LineSplitter,
    "application/x-jsonl": LineSplitter,
    "application/stream+json": LineSplitter,
    "application/vnd.amazon.eventstream": AwsEventSplitter,
}

_UNREAD = ("audio/", "image/", "video/")


def read_whole(api: Api, head: Head, content: bytes) -> Outcome:
    """What a response says, all of whose body is there."""
    is_json = _kind(head) == "application/json" and not isinstance(api, BatchResults)
    if is_json and len(content) <= MAX_BODY_BYTES:
        document = parse_object(content)
        if document is not None:
            return _read_document(document, content, api, head)
    body = body_reader(api, head)
    body.feed(content)
    return body.report()


def body_reader(api: Api, head: Head) -> Body:
    """The reader for a response with this head."""
    kind = _kind(head)
    splitter = _FRAMINGS.get(kind)
    if isinstance(api, BatchResults):
        return ResultsBody(api.read_stream(head), LineSplitter())
    if kind.startswith(_UNREAD):
        return UnreadBody(api, head)
    # What refuses a stream is a document, also where it is announced as events; so are the answers of
    # gateways that do not stream.
    if splitter is None or splitter is EventSplitter or head.status >= 300:
        return SniffedBody(api, head, splitter if head.status < 300 else None)
    return _framed(api, head, splitter)


def _kind(head: Head) -> str:
    return head.headers.get("content-type", "").partition(";")[0].strip().lower()


def _read_document(document: JsonObject, content: bytes, api: Api, head: Head) -> Outcome:
    code = None
    if head.status >= 300 or b'"error' in content or not _SIGNS_OF_ERROR.isdisjoint(document):
        code = error_code(document) or _amazons_error(head) or _error_of_a_choice(document)
        if code is None and document.get("error") and head.status < 300:
            code = "_OTHER"
    return api.read_response(document, head), code


def _framed(api: Api, head: Head, splitter: Callable[[], Splitter] | None) -> Body:
    reader = api.read_stream(head) if splitter else None
    return EventBody(reader, splitter()) if reader and splitter else JsonBody(api, head)


def _splitter_of(first: bytes) -> Callable[[], Splitter] | None:
    """The framing of a body that begins so; None for one document."""
    if first.removeprefix(b"\xef\xbb\xbf").startswith(_FIRST_OF_EVENTS):
        return EventSplitter
    return AwsEventSplitter if first.startswith(b"\0") else None


def _error_in(event: JsonObject | None) -> str | None:
    """Of an event itself, or of the response that it brings (`response.failed`)."""
    error = child(event, "error") or child(child(event, "response"), "error")
    if error or _says_in_words(event):
        return error_code({"error": error}) or "stream_error"
    return _error_of_a_choice(event)


def _says_in_words(event: JsonObject | None) -> bool:
    """Whether a sentence tells of a failure: Groq's, and Cohere's at the end."""
    at_the_end = child(event, "delta") if text(event, "type") == "message-end" else None
    return bool(text(child(event, "x_groq"), "error") or text(at_the_end, "error"))


def _error_of_a_choice(body: JsonObject | None) -> str | None:
    """OpenRouter's, where the vendor failed after it had begun."""
    failed = next((choice for choice in children(body, "choices") if child(choice, "error")), None)
    return None if failed is None else error_code(failed) or "_OTHER"


def error_code(body: JsonObject) -> str | None:
    """The provider's own code for what went wrong; never its message, which may quote the prompt."""
    if _SIGNS_OF_ERROR.isdisjoint(body):
        return None
    error = child(body, "error")
    number = count(error, "code") or count(child(body, "base_resp"), "status_code")  # MiniMax's
    for candidate in (
        text(error, "code"),
        text(error, "type"),
        text(error, "status"),  # Google's; its `code` repeats the HTTP status
        str(number) if number else None,  # OpenRouter's, also within a stream
        text(body, "code"),
        text(next(iter(children(body, "errors")), None), "code"),  # IBM's
        (text(body, "__type") or "").rpartition("#")[2],  # Amazon's, where the header is missing
    ):
        if candidate and _ERROR_CODE.fullmatch(candidate):
            return candidate
    return None


def _amazons_error(head: Head) -> str | None:
    """Amazon's errors have their type in a header: `AccessDeniedException:http://…`."""
    kind = (head.headers.get("x-amzn-errortype") or "").partition(":")[0]
    return kind if kind and _ERROR_CODE.fullmatch(kind) else None
