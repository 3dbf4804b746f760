"""What Amazon's hosts have in common, and guardrails over the APIs that it imitates.

Domains: partitions of botocore 1.44.5, without those of secret clouds. A guardrail is asked for by a header, as
of InvokeModel, and its trace is beside the answer:
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html (2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally._json import JsonObject, child, parse_object
from spantally.apis import _bedrock

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Api, Attributes, EventReader, Head, Report, Request

DOMAIN = r"(?:amazonaws\.(?:com(?:\.cn)?|eu)|api\.(?:aws|amazonwebservices\.(?:com\.cn|eu)))"
"""A pattern of what follows the region in a host's name."""

_TRACE = "amazon-bedrock-trace"


@dataclass(frozen=True)
class Guarded:
    """Another vendor's API as Bedrock serves it.

    Args:
        inner: The API itself.
    """

    inner: Api

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def operation(self) -> str:
        return self.inner.operation

    def fits(self, request: JsonObject) -> bool:
        return self.inner.fits(request)

    def read_request(self, request: Request) -> Attributes:
        return self.inner.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return _with_guardrail(self.inner.read_response(response, head), response, head)

    def read_stream(self, head: Head) -> EventReader | None:
        reader = self.inner.read_stream(head)
        return None if reader is None else _GuardedStream(reader, head)


class _GuardedStream:
    """The inner reader; only its report has more."""

    def __init__(self, reader: EventReader, head: Head) -> None:
        self._reader = reader
        self._head = head
        self._traced: JsonObject = {}

    @property
    def markers(self) -> tuple[bytes, ...]:
        return (*self._reader.markers, _TRACE.encode())

    def feed(self, event: ServerSentEvent) -> None:
        if _TRACE.encode() in event.data:
            self._traced = parse_object(event.data) or {}
        self._reader.feed(event)

    def report(self) -> Report:
        return _with_guardrail(self._reader.report(), self._traced, self._head)


def _with_guardrail(report: Report, said: JsonObject, head: Head) -> Report:
    if head.status < 300:
        trace = child(child(said, _TRACE), "guardrail")
        _bedrock.add_guardrail(report, trace, asked=_bedrock.asks_guardrail(head.request))
    return report
