"""The interface as an ASGI application.

One process owns a chDB folder, so whoever wants to read while it runs asks it here: the command line
does, and any ClickHouse client can. This machine needs no token, anybody else a reader's.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from spantally_processor.access import Readers
from spantally_processor.errors import (
    Refused,
    TooLarge,
    TryLater,
    Unauthenticated,
    UnsupportedMedia,
)
from spantally_processor.intake import InFlight
from spantally_processor.query.compression import WORTH_IT_BYTES, encoded, encoding_for, framed
from spantally_processor.query.native_blocks import for_version
from spantally_processor.query.request import (
    MAX_QUERY_BYTES,
    QueryRequest,
    Url,
    begins_with_insert,
    read_request,
    read_url,
)
from spantally_processor.query.sessions import Sessions
from spantally_processor.receivers import asgi
from spantally_processor.receivers.asgi import ClientGone, read_body, send_answer
from spantally_processor.store.read_only import Answer, Context, QueryError, ReadOnlyEngine
from spantally_processor.store.read_rules import Refusal
from spantally_processor.store.read_statements import refused_statement

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from spantally_processor.receivers.asgi import Message, Receive, Send

MAX_CONCURRENT_QUERIES = 4
MAX_WAITING_QUERIES = 64
BODY_DEADLINE_S = 10.0
BODIES_BYTES = 64 << 20

_STATUS_BY_CODE = {
    36: 400,  # BAD_ARGUMENTS
    43: 400,  # ILLEGAL_TYPE_OF_ARGUMENT
    46: 404,  # UNKNOWN_FUNCTION
    47: 404,  # UNKNOWN_IDENTIFIER
    48: 501,  # NOT_IMPLEMENTED
    60: 404,  # UNKNOWN_TABLE
    62: 400,  # SYNTAX_ERROR
    72: 400,  # CANNOT_PARSE_NUMBER
    73: 404,  # UNKNOWN_FORMAT
    81: 404,  # UNKNOWN_DATABASE
    115: 404,  # UNKNOWN_SETTING
    159: 408,  # TIMEOUT_EXCEEDED
    164: 403,  # READONLY
    202: 503,  # TOO_MANY_SIMULTANEOUS_QUERIES
    306: 400,  # TOO_DEEP_RECURSION
    372: 404,  # SESSION_NOT_FOUND
    373: 409,  # SESSION_IS_LOCKED
    374: 400,  # INVALID_SESSION_TIMEOUT
    456: 400,  # UNKNOWN_QUERY_PARAMETER
    457: 400,  # BAD_QUERY_PARAMETER
    497: 403,  # ACCESS_DENIED
    516: 401,  # AUTHENTICATION_FAILED
}


class QueryApp:
    """ASGI application; serve it with any ASGI server."""

    def __init__(self, engine: ReadOnlyEngine) -> None:
        self.readers = Readers()
        """Who may read from elsewhere; nobody unless somebody says so."""
        self.engine = engine
        self._sessions = Sessions()
        self._in_flight = InFlight(BODIES_BYTES)
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_QUERIES)
        self._waiting = 0
        self._closed = False

    def close(self) -> None:
        """Answer 503 from now on: the ledger is about to be let go."""
        self._closed = True

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            raise NotImplementedError(f"no answer to {scope['type']}")
        try:
            answer = await self._answer(scope, receive)
        except QueryError as error:
            answer = _failure(error)
        except Refused as error:
            answer = asgi.Answer(_STATUS_BY_TYPE.get(type(error), 400), f"{error}\n".encode())
        except ClientGone:
            return
        await send_answer(send, replace(answer, headers=(*answer.headers, _NO_SNIFF)))

    async def _answer(self, scope: Message, receive: Receive) -> asgi.Answer:
        url = read_url(scope)
        reader = self._reader(scope, url)
        if self._closed:
            raise TryLater("the ledger is being closed")
        if scope["path"] not in {"/", "/ping", "/replicas_status"}:
            return asgi.Answer(404, f"nothing is at {scope['path']}; send queries to /\n".encode())
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            text = f"{scope['method']} is not answered; use GET or POST\n"
            return asgi.Answer(405, text.encode(), headers=((b"allow", b"GET, HEAD, POST"),))
        if scope["path"] != "/":
            return asgi.Answer(200, b"Ok.\n")
        request = read_request(url, scope, await self._body(url, receive))
        if not request.query.strip():
            return asgi.Answer(200, b"Ok.\n")
        return await self._queried(reader, request)

    def _reader(self, scope: Message, url: Url) -> str:
        try:
            return self.readers.check(scope, url.password)
        except Unauthenticated as error:
            why = Refusal(516, "AUTHENTICATION_FAILED", str(error))
            raise QueryError.refused(why) from None

    async def _body(self, url: Url, receive: Receive) -> bytes:
        try:
            return await read_body(
                receive, self._in_flight, limit=MAX_QUERY_BYTES, deadline_s=BODY_DEADLINE_S
            )
        except TooLarge:
            if begins_with_insert(url.fields.get("query", "")):
                raise QueryError.refused(refused_statement("insert")) from None
            raise TooLarge(f"a query has at most {MAX_QUERY_BYTES} bytes") from None

    async def _queried(self, reader: str, request: QueryRequest) -> asgi.Answer:
        with self._sessions.entered(
            reader,
            request.session_id,
            timeout=request.session_timeout,
            must_exist=request.session_check,
        ) as session:
            own = Context(request.database, request.settings)
            async with self._slot():
                answer = await asyncio.to_thread(
                    self.engine.query,
                    request.query,
                    default_format=request.default_format,
                    parameters=request.parameters,
                    context=session.context.changed_by(own),
                )
                if answer.leaves is not None:
                    session.context = session.context.changed_by(answer.leaves)
                return await asyncio.to_thread(self._with_headers, answer, request)

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[None]:
        if self._waiting >= MAX_WAITING_QUERIES:
            text = f"{MAX_WAITING_QUERIES} queries are waiting already; try again"
            raise QueryError.refused(Refusal(202, "TOO_MANY_SIMULTANEOUS_QUERIES", text))
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()

    def _with_headers(self, answer: Answer, request: QueryRequest) -> asgi.Answer:
        done = json.dumps(
            {
                "read_rows": str(answer.rows_read),
                "read_bytes": str(answer.bytes_read),
                "written_rows": "0",
                "written_bytes": "0",
                "total_rows_to_read": str(answer.rows_read),
                "result_rows": str(answer.rows),
                "result_bytes": str(len(answer.body)),
                "elapsed_ns": str(answer.elapsed_ns),
            }
        )
        headers = {
            "x-clickhouse-format": answer.format,
            "x-clickhouse-query-id": request.query_id,
            "x-clickhouse-server-display-name": "spantally",
            "x-clickhouse-summary": done,
            "x-clickhouse-timezone": self.engine.catalogue.timezone,
        }
        if request.progress:
            headers["x-clickhouse-progress"] = done
        body, encoding = answer.body, ""
        if answer.format == "Native" and request.protocol_version not in ("", "0"):
            body = for_version(body, request.protocol_version)
        if request.frames:
            body = framed(body)
        elif len(body) >= WORTH_IT_BYTES:
            encoding = encoding_for(request.accepted)
        if encoding:
            body = encoded(body, encoding)
            headers["content-encoding"] = encoding
        pairs = ((k.encode(), v.encode("ascii", "replace")) for k, v in headers.items() if v)
        return asgi.Answer(200, body, answer.content_type, tuple(pairs))


_STATUS_BY_TYPE: Mapping[type[Refused], int] = {TooLarge: 413, UnsupportedMedia: 415, TryLater: 503}

_NO_SNIFF = (b"x-content-type-options", b"nosniff")


def _failure(error: QueryError) -> asgi.Answer:
    status = _STATUS_BY_CODE.get(error.code, 500)
    headers = [(b"x-clickhouse-exception-code", str(error.code).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Spantally", Bearer'))
    return asgi.Answer(status, f"{error}\n".encode(), headers=tuple(headers))


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
