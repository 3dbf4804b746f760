"""A ClickHouse server that throws inserts away, so that a benchmark measures who encodes them.

Everything else is answered by chDB: Go's client asks for the server's version and the columns of a table
before it inserts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import chdb
import orjson

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


class DiscardingClickHouse:
    """ASGI application."""

    def __init__(self, folder: Path) -> None:
        self._engine = chdb.connect(str(folder))
        self.inserts = 0
        self.bytes = 0
        """Of inserts, as they came."""

    def close(self) -> None:
        self._engine.close()

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        asked = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        statement = asked.get("query", "").encode()
        size, more = 0, True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            if not _is_insert(statement):
                statement += message.get("body", b"")
            more = message.get("more_body", False)
        status, answer = 200, b""
        if _is_insert(statement):
            self.inserts += 1
            self.bytes += size
        else:
            status, answer = self._answer(asked, statement.decode())
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, asked: dict[str, str], statement: str) -> tuple[int, bytes]:
        try:
            if database := asked.get("database"):
                self._engine.query(f"use `{database}`")
            text = self._engine.query(statement, "JSONCompact").bytes()
        except RuntimeError as error:
            return 500, str(error).encode()
        return 200, _native(orjson.loads(text)) if text else b""


def _is_insert(statement: bytes) -> bool:
    return statement.lstrip()[:6].lower() == b"insert"


_BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""No overflow, no bucket."""


def _native(answer: dict[str, Any]) -> bytes:
    """Short texts and numbers as a Native block of the protocol's revision 54454 and later."""
    rows = answer["data"]
    parts = [_BLOCK_INFO, bytes((len(answer["meta"]), len(rows)))]
    for place, column in enumerate(answer["meta"]):
        parts += [_text(column["name"]), _text(column["type"]), b"\x00"]
        is_text = column["type"] == "String"
        parts += [
            _text(row[place]) if is_text else int(row[place]).to_bytes(4, "little") for row in rows
        ]
    return b"".join(parts)


def _text(text: str) -> bytes:
    data = text.encode()
    assert len(data) < 1 << 14
    size = len(data)
    return (bytes((size,)) if size < 128 else bytes((size & 127 | 128, size >> 7))) + data
