"""Moonshot (Kimi): https://platform.moonshot.ai/docs (2026-11). Cached tokens stand in the usage itself.

An answer that calls the builtin `$web_search` is charged for that call, whatever becomes of it; no field counts
them. https://platform.kimi.ai/docs/pricing/tools (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, parse_object, text
from spantally.apis import anthropic_messages
from spantally.apis._counts import fill_in
from spantally.apis.openai_chat import ChatCompletions
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, EventReader, Head, Report

_SEARCH = "$web_search"


class _Chat(ChatCompletions):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        return _with_searches(super().read_response(response, head), _searches(response))

    def read_stream(self, head: Head) -> _ChatStream:
        return _ChatStream(super().read_stream(head))

    def find_usage(self, body: JsonObject) -> JsonObject:
        """Streams have it in the choice that finishes."""
        inside = [child(choice, "usage") for choice in children(body, "choices")]
        return super().find_usage(body) or next(filter(None, inside), JsonObject())

    def read_usage(self, usage: JsonObject) -> Attributes:
        counts = super().read_usage(usage)
        fill_in(counts, _wire.CACHE_READ, usage, "cached_tokens")
        return counts


class _ChatStream:
    """Notes searches in whatever chunk they are called."""

    def __init__(self, chat: EventReader) -> None:
        self._chat = chat
        self._searches = 0

    @property
    def markers(self) -> tuple[bytes, ...]:
        return (*self._chat.markers, _SEARCH.encode())

    def feed(self, event: ServerSentEvent) -> None:
        self._chat.feed(event)
        if _SEARCH.encode() in event.data:
            self._searches += _searches(parse_object(event.data) or {})

    def report(self) -> Report:
        return _with_searches(self._chat.report(), self._searches)


def _searches(body: JsonObject) -> int:
    said = [child(one, "message") or child(one, "delta") for one in children(body, "choices")]
    calls = [child(call, "function") for one in said for call in children(one, "tool_calls")]
    return sum(text(call, "name") == _SEARCH for call in calls)


def _with_searches(report: Report, searches: int) -> Report:
    if searches:
        report.attributes[_wire.WEB_SEARCHES] = searches
    return report


provider = Provider(
    name="moonshot_ai",
    hosts=(r"api\.moonshot\.(?:ai|cn)",),
    endpoints=(
        Endpoint("/v1/chat/completions", _Chat()),
        Endpoint("/anthropic/v1/messages", anthropic_messages.api),
    ),
)
