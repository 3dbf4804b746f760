"""Spend over HTTP: GET /v1/spend?group_by=team,feature answers as `spantally report --json` does.

Readers may ask: this machine, or who shows a reader's token. A sender's token, which /metrics takes as
well, is in every app, and the ledger has everybody's spending.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson

from spantally_processor.errors import Unauthenticated
from spantally_processor.periods import period_of
from spantally_processor.receivers.asgi import Answer, header, send_answer
from spantally_processor.reporting.as_json import report_as_json
from spantally_processor.reporting.report import OVERVIEW, read_report
from spantally_processor.store.dimensions import cut_of
from spantally_processor.store.errors import StoreError
from spantally_processor.store.reading import open_reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.access import Readers
    from spantally_processor.periods import Period
    from spantally_processor.receivers.asgi import Message, Receive, Send
    from spantally_processor.store.dimensions import Cut

PATH = "/v1/spend"

PERIOD = ("period", "last", "from", "to", "timezone")
MAX_CUTS = 8
AT_ONCE = 2
"""Questions that the ledger is asked at a time; the others wait."""


class SpendHttp:
    """An ASGI application over the ledger at a store URL, whoever owns it at the moment."""

    def __init__(self, store_url: str, readers: Readers) -> None:
        self._store_url = store_url
        self._readers = readers
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request."""
        await send_answer(send, await self._answer(scope))

    async def _answer(self, scope: Message) -> Answer:
        if scope["method"] not in ("GET", "HEAD"):
            return Answer(405, b"use GET\n", headers=((b"allow", b"GET, HEAD"),))
        try:
            self._readers.check(scope, header(scope, b"authorization").partition(" ")[2].strip())
            period, cuts, where = question(bytes(scope["query_string"]).decode("latin-1"))
            async with self._slots:
                answer = await asyncio.to_thread(self._read, period, cuts, where)
            return _json(200, answer)
        except Unauthenticated as error:
            return _json(401, {"error": str(error)}, ((b"www-authenticate", b"Bearer"),))
        except ValueError as error:
            return _json(400, {"error": str(error)})
        except StoreError as error:
            return _json(503, {"error": f"the ledger cannot be read now: {error}"})

    def _read(
        self, period: Period, cuts: Sequence[Cut], where: Mapping[str, str]
    ) -> dict[str, object]:
        with open_reader(self._store_url) as engine:
            return report_as_json(read_report(engine, period, cuts or OVERVIEW, where=where))


def question(query: str) -> tuple[Period, list[Cut], dict[str, str]]:
    """What the parameters ask: `group_by` and `where` as often as wanted, and the names of a period.

    Raises:
        ValueError: One is unknown, or cannot be read.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    if unknown := [name for name, _ in pairs if name not in (*PERIOD, "group_by", "where")]:
        known = ", ".join(("group_by", "where", *PERIOD))
        raise ValueError(f"{unknown[0]!r} is not a parameter; expected {known}")
    period = period_of(
        {name: text for name, text in pairs if name in PERIOD}, now=datetime.now(UTC)
    )
    cuts = list(dict.fromkeys(cut_of(text) for name, text in pairs if name == "group_by"))
    if len(cuts) > MAX_CUTS:
        raise ValueError(f"group_by: at most {MAX_CUTS} times")
    where: dict[str, str] = {}
    for text in (text for name, text in pairs if name == "where"):
        key, equals, value = text.partition("=")
        if not equals or not key or key in where:
            raise ValueError(f"where: {text!r}; expected KEY=VALUE, each key once")
        where[key] = value
    return period, cuts, where


def _json(
    status: int, value: dict[str, object], headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    kept = (b"cache-control", b"no-store")
    return Answer(status, orjson.dumps(value), "application/json", (kept, *headers))
