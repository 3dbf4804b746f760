"""Groq's chat completions, with the tools that it runs and the models behind Compound.

A stream repeats the usage in `x_groq`: both are the same counts. Compound asks several models and says what
each used in `usage_breakdown`; the call's own usage is their sum, so the tokens are reported as parts, each
with its model, and the call itself keeps the tools. https://console.groq.com/docs/compound (2026-11)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import _openai
from spantally.apis.openai_chat import ChatCompletions

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, EventReader, Head, Report

_TOOLS = {
    "search": _wire.WEB_SEARCHES,
    "visit": _wire.WEB_FETCHES,
    "python": _wire.CODE_INTERPRETERS,
    "browser_automation": _wire.BROWSER_SESSIONS,
}
_METERS = {
    _wire.INPUT_TOKENS: "input_tokens",
    _wire.CACHE_READ: "cache_read_tokens",
    _wire.OUTPUT_TOKENS: "output_tokens",
    _wire.REASONING: "reasoning_tokens",
}


class GroqChat(ChatCompletions):
    """The shape."""

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        choices = children(response, "choices")
        tools = [tool for one in choices for tool in _executed(child(one, "message"))]
        _add(report, response, tools)
        return report

    def read_stream(self, head: Head) -> _GroqStream:
        return _GroqStream(super().read_stream(head))

    def find_usage(self, body: JsonObject) -> JsonObject:
        return child(body, "usage") or child(child(body, "x_groq"), "usage")


class _GroqStream:
    """Notes tools and the breakdown, in whatever chunk they come; each tool comes twice, under one index."""

    def __init__(self, chat: EventReader) -> None:
        self._chat = chat
        self._tools: dict[int, JsonObject] = {}
        self._breakdown: JsonObject = {}

    @property
    def markers(self) -> tuple[bytes, ...]:
        return (*self._chat.markers, b"executed_tools")

    def feed(self, event: ServerSentEvent) -> None:
        self._chat.feed(event)
        if b'"executed_tools"' in event.data or b'"usage_breakdown"' in event.data:
            body = parse_object(event.data) or {}
            for choice in children(body, "choices"):
                for tool in _executed(child(choice, "delta")):
                    index = count(tool, "index")
                    self._tools[len(self._tools) if index is None else index] = tool
            self._breakdown = _find_breakdown(body) or self._breakdown

    def report(self) -> Report:
        report = self._chat.report()
        _add(report, {"usage_breakdown": self._breakdown}, list(self._tools.values()))
        return report


def _executed(message: JsonObject) -> list[JsonObject]:
    return children(message, "executed_tools")


def _find_breakdown(body: JsonObject) -> JsonObject:
    return child(body, "usage_breakdown") or child(child(body, "x_groq"), "usage_breakdown")


def _add(report: Report, response: JsonObject, tools: list[JsonObject]) -> None:
    attributes = report.attributes
    for kind, name in _TOOLS.items():
        if calls := sum(1 for tool in tools if text(tool, "type") == kind):
            attributes[name] = calls
    models = children(_find_breakdown(response), "models")
    parts = [
        {"kind": "compound", "model": text(model, "model"), "usage": _part(child(model, "usage"))}
        for model in models
    ]
    if parts:
        for name in _METERS:
            attributes.pop(name, None)
        attributes[_wire.USAGE_PARTS] = json.dumps(parts, separators=(",", ":"))
        report.has_usage = True


def _part(usage: JsonObject) -> Attributes:
    counts = _openai.read_usage(usage, _openai.PROMPT_COMPLETION)
    return {meter: counts[name] for name, meter in _METERS.items() if name in counts}


api = GroqChat()
