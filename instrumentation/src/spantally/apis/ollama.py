"""Ollama's native API: chat, generate and both ways to embed.

A stream is JSON lines, and is the default; the object with `done: true` has the counts. `prompt_eval_count`
includes cached tokens since 0.30 and is missing on cache hits before: then the input is not known, which is
not 0. `/api/embeddings` reports nothing. https://github.com/ollama/ollama/blob/main/docs/api.md (2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, parse_object, text
from spantally.apis import EventReader, Report
from spantally.apis._counts import counts_of

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_COUNTS = {
    "prompt_eval_count": _wire.INPUT_TOKENS,
    "prompt_eval_cached_count": _wire.CACHE_READ,
    "eval_count": _wire.OUTPUT_TOKENS,
}


@dataclass(frozen=True)
class Ollama:
    """One of the native calls."""

    name: str
    operation: str
    prompt: str
    """The field that has the prompt."""
    streams: bool = False

    def fits(self, request: JsonObject) -> bool:
        prompt = request.get(self.prompt)
        known = isinstance(prompt, str) if self.prompt == "prompt" else prompt is not None
        return text(request, "model") is not None and known

    def read_request(self, request: Request) -> Attributes:
        attributes: Attributes = {}
        body = request.body
        if model := text(body, "model"):
            attributes[_wire.REQUEST_MODEL] = model
        if self.streams and body.get("stream") is not False:
            attributes[_wire.REQUEST_STREAM] = True
        limit = count(child(body, "options"), "num_predict")
        if limit is not None:
            attributes[_wire.REQUEST_MAX_TOKENS] = limit
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report()
        if model := text(response, "model"):
            report.attributes[_wire.RESPONSE_MODEL] = model
        if reason := text(response, "done_reason"):
            report.attributes[_wire.FINISH_REASONS] = (reason,)
        counts = counts_of(response, _COUNTS)
        report.attributes.update(counts)
        report.has_usage = bool(counts)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return _Lines(self, head) if self.streams else None


class _Lines:
    """Looks inside the first object and the last one."""

    def __init__(self, ollama: Ollama, head: Head) -> None:
        self.markers = (b"",)
        self._ollama = ollama
        self._head = head
        self._response: JsonObject = {}

    def feed(self, event: ServerSentEvent) -> None:
        if self._response and (b'"done":false' in event.data or b'"done": false' in event.data):
            return
        self._response.update(parse_object(event.data) or {})

    def report(self) -> Report:
        report = self._ollama.read_response(self._response, self._head)
        report.complete = self._response.get("done") is True
        return report


chat = Ollama("ollama.chat", "chat", "messages", streams=True)
generate = Ollama("ollama.generate", "text_completion", "prompt", streams=True)
embed = Ollama("ollama.embed", "embeddings", "input")
embeddings = Ollama("ollama.embeddings", "embeddings", "prompt")
