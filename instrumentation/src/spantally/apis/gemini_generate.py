"""Gemini's generateContent and streamGenerateContent, at the Gemini API and at Vertex AI.

A stream is server-sent events with `alt=sse`, else one JSON array. Each chunk repeats `usageMetadata`, and
the last one counts: the prompt's count differs between chunks in 43 of 156 streams. Some chunks have
the kind of traffic alone. A prompt that was blocked has no candidate but a `blockReason`.
https://ai.google.dev/api/generate-content (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _gemini
from spantally.apis._stated_cost import read_stated_cost

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


class GenerateContent:
    """The shape."""

    name = "gemini.generate_content"
    operation = "generate_content"

    def __init__(self, *, streams: bool = False) -> None:
        self._streams = streams

    def fits(self, request: JsonObject) -> bool:
        return isinstance(request.get("contents"), (list, dict, str))

    def read_request(self, request: Request) -> Attributes:
        attributes: Attributes = {}
        if model := request.path.get("model"):
            attributes[_wire.REQUEST_MODEL] = model
        if self._streams:
            attributes[_wire.REQUEST_STREAM] = True
        body = request.body
        settings = child(body, "generationConfig") or child(body, "generation_config")
        choices = count(settings, "candidateCount")
        if choices is not None and choices != 1:
            attributes[_wire.REQUEST_CHOICES] = choices
        limit = count(settings, "maxOutputTokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        if level := text(child(settings, "thinkingConfig"), "thinkingLevel"):
            attributes[_wire.REQUEST_REASONING] = level
        if tier := text(body, "serviceTier"):
            attributes[_wire.REQUEST_TIER] = tier
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        stream = _Chunks(self, head)
        stream.take(response)
        report = stream.report()
        report.complete = True
        return report

    def read_stream(self, head: Head) -> _Chunks:
        return _Chunks(self, head)

    def read_usage(self, usage: JsonObject) -> Attributes:
        """The counts of `usageMetadata`."""
        return _gemini.read_usage(usage)


class _Chunks:
    """Merges chunks; the last word on each candidate and on the usage stands."""

    markers = (b"",)

    def __init__(self, generate: GenerateContent, head: Head) -> None:
        self._generate = generate
        self._head = head
        self._identity: Attributes = {}
        self._usage: JsonObject = {}
        self._reasons: dict[int, str] = {}
        self._grounding: dict[int, JsonObject] = {}

    def feed(self, event: ServerSentEvent) -> None:
        self.take(parse_object(event.data) or {})

    def take(self, chunk: JsonObject) -> None:
        for key, name in (
            ("modelVersion", _wire.RESPONSE_MODEL),
            ("responseId", _wire.RESPONSE_ID),
        ):
            if value := _gemini.read_model(text(chunk, key)):
                self._identity[name] = value
        usage = child(chunk, "usageMetadata")
        self._usage = usage if "totalTokenCount" in usage else {**self._usage, **usage}
        for candidate in children(chunk, "candidates"):
            index = count(candidate, "index") or 0
            self._reasons[index] = _gemini.reason_of(candidate) or self._reasons.get(index, "")
            if grounding := child(candidate, "groundingMetadata"):
                known = self._grounding.get(index, {})
                self._grounding[index] = _gemini.merged(known, grounding)
        if blocked := text(child(chunk, "promptFeedback"), "blockReason"):
            self._reasons.setdefault(0, blocked)

    def report(self) -> Report:
        counts = self._generate.read_usage(self._usage)
        reasons = list(self._reasons.values())
        report = Report({**self._identity, **counts}, has_usage=bool(counts))
        report.complete = bool(reasons) and all(reasons)
        attributes = report.attributes
        if known := [reason for reason in reasons if reason]:
            attributes[_wire.FINISH_REASONS] = tuple(known)
        attributes.update(_gemini.read_tier(self._usage, self._head))
        attributes.update(read_stated_cost(self._usage, self._head.headers))  # a gateway's
        model = str(attributes.get(_wire.RESPONSE_MODEL) or self._head.request.path.get("model"))
        attributes.update(_gemini.read_grounding(list(self._grounding.values()), model))
        return report


api = GenerateContent()
streaming = GenerateContent(streams=True)
