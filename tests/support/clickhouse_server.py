"""A ClickHouse server for tests: its HTTP interface, writes included, over a chDB engine.

There is no ClickHouse server among Python packages. This answers what clickhouse-connect asks of one
through the same engine, and can drop the connection after it has committed. Several doors to one engine
stand for replicas that share their data; `python -m support.clickhouse_server FOLDER` is a server of its
own, and prints its URL.
"""

from __future__ import annotations

import re
import sys
import tempfile
import threading
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import chdb
import lz4.frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TRANSPORT = {"database", "query", "query_id", "client_protocol_version", "wait_end_of_query"}
_INSERT = re.compile(rb"insert into .+? format native\n", re.IGNORECASE | re.DOTALL)


class ClickHouseServer:
    """ASGI application; `drop_next_reply` breaks the connection once, after the statement ran.

    `refuses_inserts` is a ClickHouse error code that every insert gets while it is set, before it ran;
    `loses_inserts` answers 503 to that many inserts after they ran.
    """

    def __init__(self, folder: Path) -> None:
        self._path = str(folder)
        self._keep = chdb.connect(self._path)
        self._one_at_a_time = threading.Lock()
        self.drop_next_reply = False
        self.refuses_inserts = 0
        self.loses_inserts = 0
        self.asked: list[str] = []
        self.settings: list[dict[str, str]] = []
        """Of each insert."""

    def close(self) -> None:
        """Let the engine go."""
        self._keep.close()

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        sent = {name.decode(): value.decode() for name, value in scope["headers"]}
        if sent.get("content-encoding") == "lz4":
            body = _lz4_frames(body)
        asked = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        if sent.get("content-type", "").startswith("multipart/form-data"):
            asked |= _form(sent["content-type"], body)
            body = b""
        headers: dict[str, str] = {}
        try:
            with self._one_at_a_time:
                status, answer = 200, self._run(asked, body)
        except RuntimeError as error:
            status, answer = 500, str(error).encode()
            code = re.search(r"Code: (\d+)", str(error))
            headers["X-ClickHouse-Exception-Code"] = code[1] if code else "1001"
        if self.loses_inserts and self.asked and self.asked[-1].lower().startswith("insert"):
            self.loses_inserts -= 1
            status, answer = 503, b"lost"
        if self.drop_next_reply:
            self.drop_next_reply = False
            cycle: Any = receive.__self__  # type: ignore[attr-defined]
            cycle.transport.close()  # uvicorn would answer 500 to an exception
            return
        headers |= {"content-length": str(len(answer)), "X-ClickHouse-Format": "TabSeparated"}
        pairs = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": answer})

    def _run(self, asked: dict[str, str], body: bytes) -> bytes:
        handle = chdb.connect(self._path)
        try:
            if database := asked.get("database"):
                handle.query(f"use `{database}`")
            parameters = {
                key.removeprefix("param_"): value
                for key, value in asked.items()
                if key.startswith("param_")
            }
            for key, value in asked.items():
                if key not in _TRANSPORT and not key.startswith("param_"):
                    handle.query(f"set {key} = '{value}'")
            statement = asked.get("query", "").encode() + body
            if insert := _INSERT.match(statement):
                self.asked.append(insert[0].decode())
                self.settings.append({k: v for k, v in asked.items() if k not in _TRANSPORT})
                if self.refuses_inserts:
                    raise RuntimeError(f"Code: {self.refuses_inserts}. DB::Exception: as told")
                return self._insert(handle, insert[0].decode(), statement[insert.end() :])
            self.asked.append(statement.decode())
            return (
                handle.query(statement.decode(), "TabSeparated", params=parameters).bytes() or b""
            )
        finally:
            handle.close()

    def _insert(self, handle: Any, insert: str, block: bytes) -> bytes:
        with tempfile.NamedTemporaryFile(suffix=".native") as file:
            Path(file.name).write_bytes(block)
            target = re.sub(r" format native\n$", "", insert, flags=re.IGNORECASE)
            handle.query(f"{target} from infile '{file.name}' format Native")
        return b""


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """Long parameters come as a form, the query with them."""
    message = BytesParser().parsebytes(f"content-type: {content_type}\r\n\r\n".encode() + body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(
            decode=True
        ).decode()  # type: ignore[union-attr]
        for part in message.walk()
        if not part.is_multipart()
    }


def _lz4_frames(body: bytes) -> bytes:
    """The driver compresses each block as a frame of its own."""
    plain = b""
    while body:
        frame = lz4.frame.LZ4FrameDecompressor()
        plain += frame.decompress(body)
        body = frame.unused_data or b""
    return plain


if __name__ == "__main__":
    from support.ledger import served

    with served(ClickHouseServer(Path(sys.argv[1]))) as url:
        print(url, flush=True)
        sys.stdin.read()
