"""Where commands of the same user write to the embedded ledger while the processor owns it.

An ASGI application on a socket file that nobody else can reach (`http_server.py`). It takes blocks for the
tables below, rolls up, forgets a user, and nothing else: no statement, no span.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import orjson

from spantally_processor.errors import Malformed, TooLarge
from spantally_processor.intake import InFlight
from spantally_processor.receivers.asgi import Answer, ClientGone, read_body, send_answer
from spantally_processor.store.errors import PermanentStoreError, TransientStoreError
from spantally_processor.store.forgetting import Person

if TYPE_CHECKING:
    from spantally_processor.receivers.asgi import Message, Receive, Send
    from spantally_processor.store import Store

TABLES = frozenset({"restatements", "restated_spans", "llm_revenue", "llm_plans", "llm_outcomes"})
"""What commands may append to."""

MAX_BLOCK_BYTES = 256 << 20
DEADLINE_S = 60.0


class WriteDoor:
    """POST /?table=…&names=a,b&token=… with a block in the Native format; POST /rollup; POST /forget."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._in_flight = InFlight(MAX_BLOCK_BYTES)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request: 200 written, 400 it cannot be, 503 not now."""
        try:
            body = await read_body(
                receive, self._in_flight, limit=MAX_BLOCK_BYTES, deadline_s=DEADLINE_S
            )
            asked = bytes(scope["query_string"]).decode()
            answer = await asyncio.to_thread(self._answer, str(scope["path"]), asked, body)
        except (Malformed, TooLarge) as error:
            answer = Answer(400, str(error).encode())
        except ClientGone:
            return
        await send_answer(send, answer)

    def _answer(self, path: str, query: str, body: bytes) -> Answer:
        try:
            match path:
                case "/rollup":
                    return Answer(200, orjson.dumps(self._store.roll_up()))
                case "/forget":
                    self._store.forget(Person(**orjson.loads(body)))
                    return Answer(200)
                case _:
                    return self._write(query, body)
        except TransientStoreError as error:
            return Answer(503, str(error).encode())
        except (PermanentStoreError, TypeError, ValueError) as error:
            return Answer(400, str(error).encode())

    def _write(self, query: str, block: bytes) -> Answer:
        asked = parse_qs(query, keep_blank_values=True)
        table, names, token = (asked.get(key, [""])[0] for key in ("table", "names", "token"))
        if table not in TABLES or not token:
            return Answer(400, f"nothing is appended to {table!r} from here".encode())
        self._store.insert_native(table, names.split(","), block, token=token)
        return Answer(200)
