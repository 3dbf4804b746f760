"""The page over HTTP: static files for everybody, /api/… for readers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson

from spantally_processor.errors import Unauthenticated
from spantally_processor.page.overview import overview
from spantally_processor.page.steps import NoTrace, trace_of
from spantally_processor.periods import Period, period_of
from spantally_processor.receivers.asgi import Answer, header, send_answer
from spantally_processor.store.dimensions import Cut, cut_of
from spantally_processor.store.errors import StoreError
from spantally_processor.store.reading import open_reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.access import Readers
    from spantally_processor.page.overview import Json
    from spantally_processor.receivers.asgi import Message, Receive, Send

OVERVIEW = "/api/overview"
TRACES = "/api/traces/"

_STATIC = {
    "/": ("static/index.html", "text/html; charset=utf-8"),
    "/page/style.css": ("static/style.css", "text/css; charset=utf-8"),
    "/page/icon.svg": ("static/icon.svg", "image/svg+xml"),
    "/page/chart.js": ("vendor/chart.umd.min.js", "text/javascript; charset=utf-8"),
} | {
    f"/page/{name}.js": (f"static/{name}.js", "text/javascript; charset=utf-8")
    for name in ("access", "charts", "main", "parts")
}
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS = (
    (
        b"content-security-policy",
        _POLICY,
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
)
_DEFAULT_CUTS = ("team", "feature")
MAX_CUTS = 4
MAX_PERIOD = timedelta(days=750)


def is_of_the_page(scope: Message) -> bool:
    """Whether a request is answered here."""
    path = scope["path"]
    is_known = path in _STATIC or path == OVERVIEW or path.startswith(TRACES)
    return is_known and scope["method"] in ("GET", "HEAD")


class PageHttp:
    """An ASGI application over the ledger at a store URL, whoever owns it at the moment."""

    def __init__(self, store_url: str, readers: Readers) -> None:
        self._store_url = store_url
        self._readers = readers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request."""
        path = scope["path"]
        if path in _STATIC:
            name, content_type = _STATIC[path]
            answer = Answer(200, _file(name), content_type, _HEADERS)
        else:
            answer = await self._answer(scope)
        await send_answer(send, answer)

    async def _answer(self, scope: Message) -> Answer:
        asked = dict(parse_qsl(bytes(scope["query_string"]).decode("latin-1")))
        try:
            self._readers.check(scope, _bearer(scope))
            return _json(200, await asyncio.to_thread(self._read, scope["path"], asked))
        except Unauthenticated as error:
            return _json(401, {"error": str(error)}, ((b"www-authenticate", b"Bearer"),))
        except _NotAsked as error:
            return _json(400, {"error": str(error)})
        except NoTrace as error:
            status = 300 if error.candidates else 404
            return _json(status, {"error": str(error), "candidates": error.candidates})
        except StoreError as error:
            return _json(503, {"error": f"the ledger cannot be read now: {error}"})

    def _read(self, path: str, asked: Mapping[str, str]) -> Json:
        if path.startswith(TRACES):
            with open_reader(self._store_url) as engine:
                return trace_of(engine, path.removeprefix(TRACES).strip().lower())
        period, cuts = _question(asked)
        with open_reader(self._store_url) as engine:
            return overview(engine, period, cuts)


class _NotAsked(ValueError):
    """What was asked for is no period, or no keys."""


def _question(asked: Mapping[str, str]) -> tuple[Period, list[Cut]]:
    """A bounded period, this month if none is named, and the cuts `by` names with commas between them."""
    named = {name: asked[name] for name in ("period", "last", "from", "to") if name in asked}
    try:
        period = period_of(named or {"period": "this-month"}, now=datetime.now(UTC))
        keys = [key for key in asked.get("by", "").split(",") if key][:MAX_CUTS]
        cuts = [cut_of(key) for key in dict.fromkeys(keys or _DEFAULT_CUTS)]
    except ValueError as error:
        raise _NotAsked(str(error)) from None
    if not period.has_start or not period.has_end or period.end - period.start > MAX_PERIOD:
        raise _NotAsked(f"a period has a start and an end, at most {MAX_PERIOD.days} days apart")
    return period, cuts


@cache
def _file(name: str) -> bytes:
    return (files("spantally_processor.page") / name).read_bytes()


def _bearer(scope: Message) -> str:
    scheme, _, token = header(scope, b"authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _json(status: int, value: Json, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    own = (
        (b"cache-control", b"no-store"),
        *(each for each in _HEADERS if each[0] != b"cache-control"),
    )
    return Answer(status, orjson.dumps(value), "application/json", (*own, *headers))
