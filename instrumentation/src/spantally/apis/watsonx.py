"""IBM watsonx.ai: text generation, chat, embeddings and rerank.

The model is `model_id`, in request and response. Generation counts in `results[]`; its stream counts
cumulatively and names the input in one event only, so that the largest of each counts.
https://cloud.ibm.com/apidocs/watsonx-ai (2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, children, count, parse_object, text
from spantally.apis import EventReader, Report
from spantally.apis.openai_chat import ChatCompletions

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


def _read_request(request: Request) -> Attributes:
    """A deployment has its model on the server; then its id stands in."""
    model = text(request.body, "model_id") or request.path.get("deployment")
    return {_wire.REQUEST_MODEL: model} if model else {}


def _read_model(response: JsonObject) -> Attributes:
    model = text(response, "model_id") or text(response, "model")
    return {_wire.RESPONSE_MODEL: model} if model else {}


@dataclass(frozen=True)
class Generation:
    """Completion of a text, whole or streamed."""

    name = "watsonx.generation"
    operation = "text_completion"
    streams: bool = False

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model_id") is not None and "input" in request

    def read_request(self, request: Request) -> Attributes:
        stream: Attributes = {_wire.REQUEST_STREAM: True} if self.streams else {}
        return _read_request(request) | stream

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return _report(response, children(response, "results"))

    def read_stream(self, head: Head) -> EventReader | None:
        return _GenerationStream() if self.streams else None


class _GenerationStream:
    """Every event is small, and every event counts."""

    markers = (b"",)

    def __init__(self) -> None:
        self._response: JsonObject = {}
        self._result: JsonObject = {}

    def feed(self, event: ServerSentEvent) -> None:
        body = parse_object(event.data)
        if body is None:
            return
        self._response = {**self._response, **body}
        for result in children(body, "results"):
            for name in ("input_token_count", "generated_token_count"):
                number = count(result, name)
                if number is not None:
                    self._result[name] = max(number, self._result.get(name, 0))
            self._result["stop_reason"] = text(result, "stop_reason")

    def report(self) -> Report:
        report = _report(self._response, [self._result])
        reason = self._result.get("stop_reason")
        report.complete = reason not in {None, "not_finished"}
        return report


def _report(response: JsonObject, results: list[JsonObject]) -> Report:
    report = Report(_read_model(response))
    names = {"input_token_count": _wire.INPUT_TOKENS, "generated_token_count": _wire.OUTPUT_TOKENS}
    for field, name in names.items():
        numbers = [n for result in results if (n := count(result, field)) is not None]
        if numbers:
            report.attributes[name] = sum(numbers)
            report.has_usage = True
    said = [text(result, "stop_reason") for result in results]
    reasons = [reason for reason in said if reason and reason != "not_finished"]
    if reasons:
        report.attributes[_wire.FINISH_REASONS] = tuple(reasons)
    return report


class Chat(ChatCompletions):
    """OpenAI's shape with `model_id`; a stream of it has a path of its own."""

    def __init__(self, *, streams: bool = False) -> None:
        self._streams = streams

    def read_request(self, request: Request) -> Attributes:
        stream: Attributes = {_wire.REQUEST_STREAM: True} if self._streams else {}
        return super().read_request(request) | _read_request(request) | stream

    def read_identity(self, body: JsonObject) -> Attributes:
        return super().read_identity(body) | _read_model(body)


@dataclass(frozen=True)
class Inputs:
    """Embeddings and rerank: input tokens only."""

    name: str
    operation: str

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model_id") is not None and "inputs" in request

    def read_request(self, request: Request) -> Attributes:
        return _read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_read_model(response))
        tokens = count(response, "input_token_count")
        if tokens is not None:
            report.attributes[_wire.INPUT_TOKENS] = tokens
            report.has_usage = True
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


generation = Generation()
generation_stream = Generation(streams=True)
chat = Chat()
chat_stream = Chat(streams=True)
embeddings = Inputs("watsonx.embeddings", "embeddings")
rerank = Inputs("watsonx.rerank", "rerank")
