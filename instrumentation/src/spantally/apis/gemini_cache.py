"""Explicit caches of the Gemini API and of Vertex AI: storage, paid by token and hour to live.

What is counted is what was ordered: the cached tokens for the time until the cache expires. A cache that is
deleted early costs less, and one that is prolonged overlaps with what it was before; no call says either. The
model in the body is the one whose price holds.
https://ai.google.dev/api/caching (2026-11)
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, text
from spantally.apis import Report

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_HOUR_S = 3600


class CachedContents:
    """The shape."""

    name = "gemini.cached_contents"
    operation = "create_cache"

    def fits(self, request: JsonObject) -> bool:
        return "model" in request and "contents" in request

    def read_request(self, request: Request) -> Attributes:
        return _model(request.body, _wire.REQUEST_MODEL)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        attributes = _model(response, _wire.RESPONSE_MODEL)
        tokens = count(child(response, "usageMetadata"), "totalTokenCount")
        began = text(response, "updateTime") or text(response, "createTime")
        seconds = _seconds_between(began, text(response, "expireTime"))
        if tokens is None or seconds is None:
            return Report(attributes)
        attributes[_wire.CACHE_STORAGE] = -int(-tokens * seconds // _HOUR_S)
        return Report(attributes, has_usage=True)

    def read_stream(self, head: Head) -> EventReader | None:
        return None


def _model(body: JsonObject, name: str) -> Attributes:
    model = (text(body, "model") or "").rpartition("/")[2]
    return {name: model} if model else {}


def _seconds_between(start: str | None, end: str | None) -> float | None:
    try:
        lasts = _instant(end or "") - _instant(start or "")
    except ValueError:
        return None
    return max(0.0, lasts.total_seconds())


def _instant(stamp: str) -> datetime:
    """RFC 3339 with any number of digits behind the second, of which Python 3.10 reads none or six."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}")


api = CachedContents()
