"""Bedrock InvokeModel, whole and streamed: the model family's own body, with Bedrock's counts beside it.

A whole response has the counts in headers as well (160 of 175 recordings, equal to the body in all). In a
stream the model's own events are base64 inside frames, and the last one has `amazon-bedrock-invocationMetrics`:
Amazon's own word on what it metered, which replaces the model's field by field. Both count as the body
does: Anthropic's and Amazon's input is without what a cache read or wrote.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html (2026-11)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, items, parse_object, text
from spantally._sse import ServerSentEvent
from spantally.apis import Report, _bedrock, _bedrock_families, anthropic_messages
from spantally.apis._counts import rerank_searches

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_METRICS = "amazon-bedrock-invocationMetrics"
_TRACE = "amazon-bedrock-trace"
_HEADER = "x-amzn-bedrock-"

_TELLING = re.compile(
    rb'message_(?:start|delta)|bedrock-(?:invocationMetrics|trace)|"usage"|oken_count|okenCount'
    rb"|(?:op|sh|on)_?[rR]eason"
)
"""Chunks of a stream that have none of these are text only."""


class InvokeModel:
    """The shape."""

    name = "bedrock.invoke_model"
    operation = "chat"

    def __init__(self, *, streams: bool = False) -> None:
        self._streams = streams

    def fits(self, request: JsonObject) -> bool:
        # Of all families Claude's bodies alone say that they are meant for Bedrock.
        return (text(request, "anthropic_version") or "").startswith("bedrock-")

    def read_request(self, request: Request) -> Attributes:
        attributes = _bedrock.read_request(request)
        body = request.body
        model = request.path.get("model", "")
        attributes[_wire.OPERATION] = _bedrock_families.operation_of(model, body)
        attributes.update(_bedrock_families.read_image_request(body))
        if self._streams:
            attributes[_wire.REQUEST_STREAM] = True
        limit = count(body, "max_tokens")
        limit = count(child(body, "inferenceConfig"), "maxTokens") if limit is None else limit
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        if tier := request.headers.get("x-amzn-bedrock-service-tier"):
            attributes[_wire.REQUEST_TIER] = tier
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = self._read_body(response, head)
        _complete(report.attributes, response, _header_counts(head))
        if "rerank" in head.request.path.get("model", ""):
            _count_reranking(report.attributes, head.request.body, response)
        if order := text(response, "invocationArn"):
            report.attributes[_wire.RESPONSE_ID] = order
            report.attributes.update(_bedrock_families.read_video_order(head.request.body))
        self._finish(report, child(response, _TRACE), head)
        return report

    def read_stream(self, head: Head) -> _InvokeStream:
        return _InvokeStream(self, head)

    def read_events(self, body: JsonObject, claude: EventReader | None, head: Head) -> Report:
        """What the chunks of a stream said, merged."""
        report = claude.report() if claude else self._read_body(body, head)
        metrics = child(body, _METRICS)
        _replace(report.attributes, body, metrics)
        self._finish(report, child(body, _TRACE), head)
        # Without Amazon's metrics (a gateway's, 1 of 57 recordings) the model's own last word stands.
        told = (
            _wire.FINISH_REASONS in report.attributes and _wire.OUTPUT_TOKENS in report.attributes
        )
        report.complete = bool(metrics) or (report.complete if claude else told)
        return report

    def _read_body(self, body: JsonObject, head: Head) -> Report:
        if text(body, "type") == "message":
            return anthropic_messages.api.read_response(body, head)
        attributes = _bedrock_families.read_counts(body)
        for key, name in (("model", _wire.RESPONSE_MODEL), ("id", _wire.RESPONSE_ID)):
            if value := text(body, key):
                attributes[name] = value
        if reasons := _bedrock_families.read_reasons(body):
            attributes[_wire.FINISH_REASONS] = tuple(reasons)
        return Report(attributes)

    def _finish(self, report: Report, trace: JsonObject, head: Head) -> None:
        attributes = report.attributes
        said = _bedrock.read_head(head)
        said[_wire.RESPONSE_ID] = attributes.get(_wire.RESPONSE_ID) or said.get(
            _wire.RESPONSE_ID, ""
        )
        attributes.update({name: value for name, value in said.items() if value})
        was_answered = head.status < 300
        if was_answered:
            attributes.update(_bedrock_families.read_pictures(head.request.body))
        report.has_usage = any(name.startswith(_COUNTS) for name in attributes)
        if was_answered and _bedrock_families.has_film(head.request.body):
            _bedrock.add_uncounted(attributes, "film", head.request.path.get("model"))
        if was_answered:
            asked = _bedrock.asks_guardrail(head.request)
            _bedrock.add_guardrail(report, child(trace, "guardrail"), asked=asked)


_COUNTS = ("gen_ai.usage.", "spantally.usage.")


class _InvokeStream:
    """Takes the model's own events out of the frames and merges the telling ones."""

    markers = (b"",)

    def __init__(self, invoke: InvokeModel, head: Head) -> None:
        self._invoke = invoke
        self._head = head
        self._body: JsonObject = {}
        self._claude: EventReader | None = None

    def feed(self, event: ServerSentEvent) -> None:
        data = _bedrock.payload(event.data) if event.name == b"chunk" else b""
        if not _TELLING.search(data):
            return
        chunk = parse_object(data) or {}
        kind = text(chunk, "type")
        if kind == "message_start":
            self._claude = anthropic_messages.api.read_stream(self._head)
        if self._claude is not None:
            self._claude.feed(ServerSentEvent((kind or "").encode(), data))
        # Nova has its counts and its reason one level down.
        merged = {**chunk, **child(chunk, "messageStop"), **child(chunk, "metadata")}
        self._body.update({key: value for key, value in merged.items() if value not in (None, [])})

    def report(self) -> Report:
        return self._invoke.read_events(self._body, self._claude, self._head)


def _header_counts(head: Head) -> JsonObject:
    """The counts of the headers, under the names that a stream's metrics have."""
    names = {
        "inputTokenCount": "input-token-count",
        "outputTokenCount": "output-token-count",
        "cacheReadInputTokenCount": "cache-read-input-token-count",
        "cacheWriteInputTokenCount": "cache-write-input-token-count",
    }
    return {
        name: _bedrock.header_count(head.headers, _HEADER + header)
        for name, header in names.items()
    }


def _metered(metrics: JsonObject) -> Attributes:
    return _bedrock.inclusive(
        count(metrics, "inputTokenCount"),
        count(metrics, "outputTokenCount"),
        count(metrics, "cacheReadInputTokenCount"),
        count(metrics, "cacheWriteInputTokenCount"),
    )


def _complete(attributes: Attributes, body: JsonObject, metrics: JsonObject) -> None:
    """Add the counts that the body lacks: all of them, or Nova's output behind a guardrail."""
    if _bedrock_families.COUNTED_INCLUSIVE in child(body, "usage"):
        return
    for name, number in _metered(metrics).items():
        attributes.setdefault(name, number)


def _replace(attributes: Attributes, body: JsonObject, metrics: JsonObject) -> None:
    """Take what Amazon metered for what the model's own events said."""
    if _bedrock_families.COUNTED_INCLUSIVE in child(body, "usage"):
        return
    kept = {
        "cacheReadInputTokenCount": attributes.get(_wire.CACHE_READ),
        "cacheWriteInputTokenCount": attributes.get(_wire.CACHE_WRITE),
    }
    attributes.update(_metered({**kept, **metrics}) if metrics else {})


def _count_reranking(attributes: Attributes, request: JsonObject, response: JsonObject) -> None:
    documents = items(request, "documents")
    if documents and response:
        searches = rerank_searches(1, len(documents))
        attributes[_wire.RERANK_SEARCHES] = searches


api = InvokeModel()
streaming = InvokeModel(streams=True)
