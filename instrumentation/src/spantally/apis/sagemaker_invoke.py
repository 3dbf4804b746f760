"""SageMaker's InvokeEndpoint: whatever the container behind an endpoint speaks.

The machine is paid, not the tokens; counts are read where the container has OpenAI's usage block (vLLM, LMI) or
the details of Text Generation Inference. The endpoint's name stands for the model where no body names one.
A stream's frames hold the container's own stream, cut anywhere.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally._lines import LineSplitter
from spantally._sse import EventSplitter
from spantally.apis import Report, _bedrock, _openai

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request


class InvokeEndpoint:
    """The shape, or the lack of one."""

    name = "sagemaker.invoke_endpoint"
    operation = "chat"

    def __init__(self, *, streams: bool = False) -> None:
        self._streams = streams

    def fits(self, request: JsonObject) -> bool:
        return bool(request)

    def read_request(self, request: Request) -> Attributes:
        attributes: Attributes = {}
        if model := text(request.body, "model") or request.path.get("endpoint"):
            attributes[_wire.REQUEST_MODEL] = model
        if "messages" not in request.body:
            attributes[_wire.OPERATION] = "text_completion"
        if self._streams:
            attributes[_wire.REQUEST_STREAM] = True
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        usage, details = child(response, "usage"), child(response, "details")
        attributes = _bedrock.read_head(head)
        attributes.update(_openai.read_identity(response))
        counts = _openai.read_usage(usage, _openai.PROMPT_COMPLETION)
        generated = count(details, "generated_tokens")
        if generated is not None:
            counts.setdefault(_wire.OUTPUT_TOKENS, generated)
        reasons = [text(choice, "finish_reason") for choice in children(response, "choices")]
        known = [reason for reason in (*reasons, text(details, "finish_reason")) if reason]
        if known:
            attributes[_wire.FINISH_REASONS] = tuple(known)
        return Report({**attributes, **counts}, has_usage=bool(counts))

    def read_stream(self, head: Head) -> _Answers:
        return _Answers(self, head)


class _Answers:
    """Merges the container's events, or the elements of a list of answers."""

    markers = (b"",)

    def __init__(self, endpoint: InvokeEndpoint, head: Head) -> None:
        self._endpoint = endpoint
        self._head = head
        self._inner: EventSplitter | LineSplitter | None = None
        self._answer: JsonObject = {}

    def feed(self, event: ServerSentEvent) -> None:
        if event.name != b"PayloadPart":
            self._take(event.data)
            return
        if self._inner is None:
            is_events = event.data.lstrip().startswith((b"data:", b"event:", b":"))
            self._inner = EventSplitter() if is_events else LineSplitter()
        for inner in self._inner.feed(event.data):
            self._take(inner.data)

    def report(self) -> Report:
        for inner in self._inner.finish() if self._inner else ():
            self._take(inner.data)
        return self._endpoint.read_response(self._answer, self._head)

    def _take(self, data: bytes) -> None:
        answer = parse_object(data) or {}
        self._answer.update({k: value for k, value in answer.items() if value not in (None, [])})


api = InvokeEndpoint()
streaming = InvokeEndpoint(streams=True)
