"""The read-only ClickHouse HTTP interface over the embedded ledger, as an ASGI application.

One process owns a chDB folder, so whoever wants to read while it runs asks it here: the command line
does, and any ClickHouse client can. It answers this machine only. A browser's page must not reach it
either, so requests under a foreign Host name (DNS rebinding) are refused.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from spantally_processor.store.read_only import Answer, QueryError, ReadOnlyEngine

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_QUERY_BYTES = 1_048_576
MAX_CONCURRENT_QUERIES = 4

_CONTENT_TYPES = {
    "CSV": "text/csv; charset=UTF-8",
    "CSVWithNames": "text/csv; charset=UTF-8",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
}

_STATUS_BY_CODE = {
    46: 404,  # UNKNOWN_FUNCTION
    47: 404,  # UNKNOWN_IDENTIFIER
    60: 404,  # UNKNOWN_TABLE
    62: 400,  # SYNTAX_ERROR
    81: 404,  # UNKNOWN_DATABASE
    159: 408,  # TIMEOUT_EXCEEDED
    164: 403,  # READONLY
    456: 400,  # UNKNOWN_QUERY_PARAMETER
    457: 400,  # BAD_QUERY_PARAMETER
    497: 403,  # ACCESS_DENIED
}

_TRANSPORT_SETTINGS = frozenset(
    {
        "cancel_http_readonly_queries_on_client_close",
        "client_protocol_version",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "password",
        "quota_key",
        "readonly",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
    }
)
"""Parameters that concern a server's connection; harmless here, and without effect."""


class _Rejected(Exception):
    """A request that never becomes a query."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Request:
    query: str
    database: str
    default_format: str
    query_id: str
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    settings: dict[str, str] = field(default_factory=dict[str, str])


class QueryApp:
    """ASGI application; serve it with any ASGI server on a loopback address."""

    def __init__(self, engine: ReadOnlyEngine) -> None:
        self._engine = engine
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_QUERIES)
        self._closed = False

    def close(self) -> None:
        """Answer 503 from now on: the ledger is about to be let go."""
        self._closed = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            raise NotImplementedError(f"no answer to {scope['type']}")
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            _check_origin(scope, headers)
            if self._closed:
                raise _Rejected(503, "the ledger is being closed")
            await self._route(scope, headers, receive, send)
        except _Rejected as error:
            await _send(send, error.status, f"{error}\n".encode(), {})
        except QueryError as error:
            code = str(error.code).encode()
            await _send(
                send,
                _STATUS_BY_CODE.get(error.code, 500),
                f"{error}\n".encode(),
                {b"x-clickhouse-exception-code": code},
            )

    async def _route(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        path, method = scope["path"], scope["method"]
        if path not in {"/", "/ping", "/replicas_status"}:
            raise _Rejected(404, f"nothing is served at {path}; send queries to /")
        if method not in {"GET", "HEAD", "POST"}:
            raise _Rejected(405, f"{method} is not answered; use GET or POST")
        body = await _body(receive, headers)
        request = _read(scope["query_string"].decode("latin-1"), headers, body)
        if path != "/" or not request.query.strip():
            await _send(send, 200, b"Ok.\n", {})
            return
        async with self._slots:
            answer = await asyncio.to_thread(
                self._engine.query,
                request.query,
                default_format=request.default_format,
                parameters=request.parameters,
                database=request.database,
                settings=request.settings,
            )
        await _send_answer(send, answer, request)


def _check_origin(scope: Scope, headers: Mapping[str, str]) -> None:
    client = scope.get("client")
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    if (client and not _is_loopback(client[0])) or not _is_loopback(host):
        raise _Rejected(403, "this interface answers this machine only, at 127.0.0.1 or localhost")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def _body(receive: Receive, headers: Mapping[str, str]) -> str:
    if headers.get("content-encoding", "identity") != "identity":
        raise _Rejected(415, "send the query uncompressed")
    if headers.get("content-type", "").startswith("multipart/"):
        raise _Rejected(415, "send the query as the body and its parameters in the URL")
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Rejected(400, "the client went away")
        body += message.get("body", b"")
        if len(body) > MAX_QUERY_BYTES:
            raise _Rejected(413, f"a query has at most {MAX_QUERY_BYTES} bytes")
        if not message.get("more_body"):
            break
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _Rejected(400, "a query is UTF-8 text") from error


def _read(query_string: str, headers: Mapping[str, str], body: str) -> _Request:
    asked = dict(parse_qsl(query_string, keep_blank_values=True))
    query = "\n".join(part for part in (asked.pop("query", ""), body) if part)
    request = _Request(
        query=query,
        database=asked.pop("database", "") or headers.get("x-clickhouse-database", ""),
        default_format=asked.pop("default_format", "")
        or headers.get("x-clickhouse-format", "")
        or "TabSeparated",
        query_id=asked.pop("query_id", "") or str(uuid.uuid4()),
    )
    for name, value in asked.items():
        if name.startswith("param_"):
            request.parameters[name.removeprefix("param_")] = value
        elif name not in _TRANSPORT_SETTINGS:
            request.settings[name] = value
    return request


async def _send_answer(send: Send, answer: Answer, request: _Request) -> None:
    summary = {
        "read_rows": str(answer.rows_read),
        "read_bytes": str(answer.bytes_read),
        "elapsed_ns": str(answer.elapsed_ns),
    }
    headers = {
        b"content-type": _CONTENT_TYPES.get(answer.format, "text/plain; charset=UTF-8").encode(),
        b"x-clickhouse-format": answer.format.encode(),
        b"x-clickhouse-query-id": request.query_id.encode("ascii", "replace"),
        b"x-clickhouse-summary": json.dumps(summary).encode(),
    }
    await _send(send, 200, answer.body, headers)


async def _send(send: Send, status: int, body: bytes, headers: Mapping[bytes, bytes]) -> None:
    fields = {
        b"content-type": b"text/plain; charset=UTF-8",
        b"content-length": str(len(body)).encode(),
        b"x-content-type-options": b"nosniff",
        **headers,
    }
    start = {"type": "http.response.start", "status": status, "headers": list(fields.items())}
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
