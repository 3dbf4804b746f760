"""Mistral conversations: a chat that runs connectors (web search, code, images) on the server.

Tokens that connectors brought are beside the prompt (`total = prompt + connector + completion`) and are
billed as input. The fees are counted in `usage.connectors`, or else by the `tool.execution` entries.
The model is named by the entries: a conversation may be with an agent.
https://docs.mistral.ai/agents/connectors/websearch (2026-11)
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _openai
from spantally.apis._counts import counts_of, fill_in, number_of

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_CONNECTORS = {
    "web_search": _wire.WEB_SEARCHES,
    "web_search_premium": _wire.PREMIUM_WEB_SEARCHES,
    "code_interpreter": _wire.CODE_INTERPRETERS,
    "image_generation": _wire.IMAGES,
    "document_library": _wire.FILE_SEARCHES,
}
_SPOKEN = (b"message.output.delta", b"function.call.delta")
"""Events of what a model said, which name it; an answer may be a call of the app's own function alone."""


class Conversations:
    """The shape."""

    name = "mistral.conversations"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return "inputs" in request and bool(text(request, "model") or text(request, "agent_id"))

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request)
        limit = count(child(request.body, "completion_args"), "max_tokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        outputs = children(response, "outputs")
        report = Report()
        attributes = report.attributes
        models = [model for entry in outputs if (model := text(entry, "model"))]
        if models:
            attributes[_wire.RESPONSE_MODEL] = models[-1]
        if conversation := text(response, "conversation_id"):
            attributes[_wire.CONVERSATION_ID] = conversation
        usage = child(response, "usage")
        _openai.add_usage(report, _read_usage(usage), usage, head)
        used = [text(e, "name") or "" for e in outputs if text(e, "type") == "tool.execution"]
        for name, number in counts_of(dict(Counter(used)), _CONNECTORS).items():
            attributes.setdefault(name, number)
        return report

    def read_stream(self, head: Head) -> _ConversationStream:
        return _ConversationStream(self, head)


class _ConversationStream:
    """Notes what was run and which model spoke; the last event has the usage."""

    markers = (b"conversation.response.", b"tool.execution.started", *_SPOKEN)

    def __init__(self, conversations: Conversations, head: Head) -> None:
        self._conversations = conversations
        self._head = head
        self._response: JsonObject = {}
        self._outputs: list[JsonObject] = []
        self._model_known = False
        self._done = False

    def feed(self, event: ServerSentEvent) -> None:
        kind = event.name or _kind(event.data)
        if kind in _SPOKEN and not self._model_known:
            model = text(parse_object(event.data), "model")
            self._outputs.append({"model": model})
            self._model_known = model is not None
        elif kind == b"tool.execution.started":
            self._outputs.append({**(parse_object(event.data) or {}), "type": "tool.execution"})
        elif kind.startswith(b"conversation.response."):
            self._response.update(parse_object(event.data) or {})
            self._done = kind == b"conversation.response.done"

    def report(self) -> Report:
        response = {**self._response, "outputs": self._outputs}
        report = self._conversations.read_response(response, self._head)
        report.complete = self._done
        return report


def _kind(data: bytes) -> bytes:
    """The type of an event that came without an `event:` line."""
    return (text(parse_object(data), "type") or "").encode()


def _read_usage(usage: JsonObject) -> Attributes:
    counts = _openai.read_usage(usage, _openai.PROMPT_COMPLETION)
    beside = count(usage, "connector_tokens")
    if beside:
        counts[_wire.INPUT_TOKENS] = number_of(counts, _wire.INPUT_TOKENS) + beside
    fill_in(counts, _wire.CACHE_READ, usage, "num_cached_tokens")
    counts.update(counts_of(child(usage, "connectors"), _CONNECTORS))
    return counts


api = Conversations()
