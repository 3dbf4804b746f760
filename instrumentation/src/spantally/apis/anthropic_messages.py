"""Anthropic messages, and every server that speaks it.

Three counts are disjoint on the wire (`input_tokens`, `cache_creation_input_tokens`,
`cache_read_input_tokens`); their sum is the input. In a stream `message_start` has the input side, the
retention split, tier and geo; `message_delta` has final, cumulative counts that replace the first
ones field by field: with server tools the input grows, with compaction it shrinks. Where all of the input
is 0 there and nothing was compacted, it is not told again: imitations do so
(https://github.com/sgl-project/sglang/pull/20830, https://github.com/envoyproxy/ai-gateway/pull/1631, 2026-11).
The output count of `message_start` is a placeholder of a few tokens and says nothing about a cut stream.

`usage.iterations` may list work that the counts above leave out (compaction, an advisor on another
model): those become parts. anthropic 2.12 types, https://platform.claude.com/docs/en/api/messages (2026-11)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report
from spantally.apis._stated_cost import read_stated_cost

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


class Messages:
    """The shape."""

    name = "anthropic.messages"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        # At Vertex AI the path has the model, and the body the version that a header has elsewhere.
        named = text(request, "model") or text(request, "anthropic_version")
        return (
            named is not None
            and isinstance(request.get("messages"), list)
            and count(request, "max_tokens") is not None
        )

    def read_request(self, request: Request) -> Attributes:
        attributes: Attributes = {}
        body = request.body
        if model := text(body, "model") or request.path.get("model"):
            attributes[_wire.REQUEST_MODEL] = model
        if body.get("stream") is True:
            attributes[_wire.REQUEST_STREAM] = True
        limit = count(body, "max_tokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        if effort := text(child(body, "output_config"), "effort"):
            attributes[_wire.REQUEST_REASONING] = effort
        if tier := text(body, "service_tier"):
            attributes[_wire.REQUEST_TIER] = tier
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        usage = child(response, "usage")
        model = _served_by(usage) or text(response, "model")
        attributes = _identity({**response, "model": model})
        if reason := text(response, "stop_reason"):
            attributes[_wire.FINISH_REASONS] = (reason,)
        counts = read_usage(usage)
        attributes.update(counts)
        attributes.update(read_context(usage))
        attributes.update(_read_parts(usage, model))
        attributes.update(read_stated_cost(usage, head.headers))
        return Report(attributes, has_usage=_wire.INPUT_TOKENS in counts)

    def read_stream(self, head: Head) -> _MessageStream:
        return _MessageStream(self, head)


class MessagesOfClaude(Messages):
    """Anthropic's own: a refusal before any output is not billed, and its counts are for information.

    https://platform.claude.com/docs/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals (2026-11)
    """

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        refused = text(response, "stop_reason") == "refusal"
        report.is_billed = not (refused and response.get("content") == [])
        return report


_KINDS = (b"message_start", b"message_delta", b"message_stop")
_BLOCK, _SEARCHED = b"content_block_start", b"web_search_tool_result"
_INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


class _MessageStream:
    """Merges the usage of `message_start` and of each `message_delta`: there may be several.

    Searches are counted by the last one; of a stream that was cut before, by their results. One that failed is
    not billed: https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool (2026-11)
    """

    markers = (*_KINDS, _BLOCK, b"error")

    def __init__(self, messages: Messages, head: Head) -> None:
        self._messages = messages
        self._head = head
        self._message: JsonObject = {}
        self._usage: JsonObject = {}
        self._content: list[JsonObject] = []
        self._searches = 0
        self._over = False

    def feed(self, event: ServerSentEvent) -> None:
        name = event.name or _kind(event.data)
        if name == _BLOCK:
            self._content.append({})
            if _SEARCHED in event.data:
                found = child(parse_object(event.data), "content_block").get("content")
                self._searches += isinstance(found, list)
        elif name == b"message_start":
            self._message = dict(child(parse_object(event.data), "message"))
            self._usage = dict(child(self._message, "usage"))
            self._usage.pop("output_tokens", None)
        elif name == b"message_delta":
            delta = parse_object(event.data)
            usage = child(delta, "usage")
            told = {key: value for key, value in usage.items() if value is not None}
            if "iterations" not in told and not any(told.get(field) for field in _INPUT):
                # Only what did nothing but compact is without input: an imitation told it at the start.
                told.update({field: known for field in _INPUT if (known := self._usage.get(field))})
            self._usage.update(told)
            if reason := text(child(delta, "delta"), "stop_reason"):
                self._message["stop_reason"] = reason
                self._over = True
        elif name == b"message_stop":
            self._over = True

    def report(self) -> Report:
        usage = _with_split_of_the_end(self._usage)
        if not (self._over or any(map(usage.get, _INPUT))):
            # Some begin with 0 and tell it at the end: https://github.com/vercel/ai/issues/17326 (2026-11)
            usage = {field: value for field, value in usage.items() if field not in _INPUT}
        if self._searches and not self._over:
            counted = {"web_search_requests": self._searches}
            usage = {**usage, "server_tool_use": {**child(usage, "server_tool_use"), **counted}}
        message = {**self._message, "content": self._content, "usage": usage}
        report = self._messages.read_response(message, self._head)
        report.complete = self._over and count(self._usage, "output_tokens") is not None
        return report


def _with_split_of_the_end(usage: JsonObject) -> JsonObject:
    """The start splits what was written then by retention; of less, it holds where all was of one kind."""
    split, written = child(usage, "cache_creation"), count(usage, "cache_creation_input_tokens")
    kept = {field: tokens for field in split if (tokens := count(split, field))}
    if written is None or sum(kept.values()) <= written:
        return usage
    return {
        **usage,
        "cache_creation": {**split, **dict.fromkeys(kept, written)} if len(kept) == 1 else {},
    }


def _kind(data: bytes) -> bytes:
    """The type of an event that came without an `event:` line, wherever in it."""
    may_be = any(kind in data for kind in (*_KINDS, _BLOCK))
    return (text(parse_object(data), "type") or "").encode() if may_be else b""


def _identity(response: JsonObject) -> Attributes:
    attributes: Attributes = {}
    if model := text(response, "model"):
        attributes[_wire.RESPONSE_MODEL] = model
    if response_id := text(response, "id"):
        attributes[_wire.RESPONSE_ID] = response_id
    return attributes


def _served_by(usage: JsonObject) -> str | None:
    """The fallback model that answered, if one did: a stream began under the name of the one that declined."""
    models = [
        text(iteration, "model")
        for iteration in children(usage, "iterations")
        if text(iteration, "type") == "fallback_message"
    ]
    return models[-1] if models else None


def read_usage(usage: JsonObject) -> Attributes:
    """The counts of a usage block, made inclusive."""
    uncached = count(usage, "input_tokens")
    written = count(usage, "cache_creation_input_tokens")
    read = count(usage, "cache_read_input_tokens")
    by_retention = child(usage, "cache_creation")
    tools = child(usage, "server_tool_use")
    counts = {
        _wire.INPUT_TOKENS: None if uncached is None else uncached + (written or 0) + (read or 0),
        _wire.CACHE_READ: read,
        _wire.CACHE_WRITE: written,
        _wire.CACHE_WRITE_5M: count(by_retention, "ephemeral_5m_input_tokens"),
        _wire.CACHE_WRITE_1H: count(by_retention, "ephemeral_1h_input_tokens"),
        _wire.OUTPUT_TOKENS: count(usage, "output_tokens"),
        _wire.REASONING: count(child(usage, "output_tokens_details"), "thinking_tokens"),
        _wire.WEB_SEARCHES: count(tools, "web_search_requests"),
        _wire.WEB_FETCHES: count(tools, "web_fetch_requests"),
    }
    return {name: number for name, number in counts.items() if number is not None}


def read_context(usage: JsonObject) -> Attributes:
    """What else of a usage block decides the price."""
    names = {
        "service_tier": _wire.SERVICE_TIER,
        "inference_geo": _wire.INFERENCE_GEO,
        "speed": _wire.SPEED,
    }
    context: Attributes = {
        name: value for key, name in names.items() if (value := text(usage, key))
    }
    if credit := text(child(child(usage, "fallback_credit"), "status"), "type"):
        context[_wire.FALLBACK_CREDIT] = credit
    return context


def _read_parts(usage: JsonObject, model: str | None) -> Attributes:
    """Iterations that are not in the top-level counts: of other kinds, or left to a fallback by their model."""
    served_by = _served_by(usage)
    parts = [
        {
            "kind": text(iteration, "type") or "unknown",
            "model": text(iteration, "model") or model,
            "usage": _part_usage(iteration),
        }
        for iteration in children(usage, "iterations")
        if not _is_in_total(iteration, served_by)
    ]
    return {_wire.USAGE_PARTS: json.dumps(parts, separators=(",", ":"))} if parts else {}


def _is_in_total(iteration: JsonObject, served_by: str | None) -> bool:
    kinds = {"message", "fallback_message"}
    is_served = served_by is None or text(iteration, "model") in {None, served_by}
    return text(iteration, "type") in kinds and is_served


def _part_usage(iteration: JsonObject) -> dict[str, int]:
    names = {
        _wire.INPUT_TOKENS: "input_tokens",
        _wire.CACHE_READ: "cache_read_tokens",
        _wire.CACHE_WRITE: "cache_write_tokens",
        _wire.CACHE_WRITE_1H: "cache_write_1h_tokens",
        _wire.OUTPUT_TOKENS: "output_tokens",
        _wire.REASONING: "reasoning_tokens",
    }
    counts = read_usage(iteration)
    return {meter: int(counts[name]) for name, meter in names.items() if name in counts}  # type: ignore[arg-type]


api = Messages()
of_claude = MessagesOfClaude()
