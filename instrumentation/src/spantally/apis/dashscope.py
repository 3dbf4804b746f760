"""DashScope's own API (Alibaba's Model Studio): generation, embeddings, rerank.

A stream is server-sent events, asked for by the header `X-DashScope-SSE`; each event repeats the usage, and the
last one counts. The response never names the model.
https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-dashscope (2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import EventReader, Report, _openai
from spantally.apis._counts import fill_in

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


@dataclass(frozen=True)
class DashScope:
    """One of the services."""

    name: str
    operation: str
    streams: bool = False

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and bool(child(request, "input"))

    def read_request(self, request: Request) -> Attributes:
        attributes: Attributes = {}
        if model := text(request.body, "model"):
            attributes[_wire.REQUEST_MODEL] = model
        if self.streams and (request.headers.get("x-dashscope-sse") or "").lower() == "enable":
            attributes[_wire.REQUEST_STREAM] = True
        limit = count(child(request.body, "parameters"), "max_tokens")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report()
        if response_id := text(response, "request_id"):
            report.attributes[_wire.RESPONSE_ID] = response_id
        output = child(response, "output")
        said = [text(one, "finish_reason") for one in (*children(output, "choices"), output)]
        reasons = [reason for reason in said if reason and reason != "null"]
        if reasons:
            report.attributes[_wire.FINISH_REASONS] = tuple(reasons)
        usage = child(response, "usage")
        _openai.add_usage(report, self._read_usage(usage), usage, head)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return _LastEvent(self, head) if self.streams else None

    def _read_usage(self, usage: JsonObject) -> Attributes:
        counts = _openai.read_usage(usage, _openai.INPUT_OUTPUT)
        cache = child(usage, "prompt_tokens_details")
        fill_in(counts, _wire.CACHE_READ, cache, "cached_tokens")
        fill_in(counts, _wire.CACHE_WRITE, cache, "cache_creation_input_tokens")
        fill_in(counts, _wire.IMAGE_INPUT, usage, "image_tokens")
        fill_in(counts, _wire.AUDIO_INPUT, usage, "audio_tokens")
        if self.streams and not counts:  # pictures are paid by the piece
            fill_in(counts, _wire.IMAGES, usage, "image_count")
        if not self.streams:  # embeddings and rerank give the total, which is the input
            fill_in(counts, _wire.INPUT_TOKENS, usage, "total_tokens")
        fill_in(counts, _wire.WEB_SEARCHES, child(child(usage, "plugins"), "search"), "count")
        return counts


class _LastEvent:
    """Keeps the last event with usage, unparsed: they are cumulative."""

    markers = (b'"usage"',)

    def __init__(self, service: DashScope, head: Head) -> None:
        self._service = service
        self._head = head
        self._last = b"{}"

    def feed(self, event: ServerSentEvent) -> None:
        if b'"usage"' in event.data:
            self._last = event.data

    def report(self) -> Report:
        report = self._service.read_response(parse_object(self._last) or {}, self._head)
        report.complete = _wire.FINISH_REASONS in report.attributes
        return report


generation = DashScope("dashscope.generation", "chat", streams=True)
embeddings = DashScope("dashscope.embeddings", "embeddings")
rerank = DashScope("dashscope.rerank", "rerank")
