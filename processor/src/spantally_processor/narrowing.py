"""What a destination refuses for good, narrowed down by halves until the culprit is alone.

A refused batch is halved, then its requests, then the spans of a request; what is taken on the way is
taken, so one bad span costs no neighbour. The names of the parts, and with them their tokens, follow
from the batch alone: after a crash the same parts are tried again. Where nearly everything is refused
(a table that somebody changed) halving would never end, so the number of tries is bounded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spantally_processor.errors import PermanentSinkError, Refused
from spantally_processor.otlp.decode import PROTOBUF, decode_traces

if TYPE_CHECKING:
    from collections.abc import Callable, MutableSequence, Sequence

    from spantally_processor.booking import OpenRequest
    from spantally_processor.sinks import B

T = TypeVar("T")

MAX_TRIES = 256
"""Writes of parts of one batch. One bad span in 32,768 takes 30."""


class Culprit(NamedTuple):
    """A request, or what is left of one, that is refused whatever is with it."""

    request: OpenRequest
    reason: str


def narrowed(
    requests: Sequence[OpenRequest],
    error: PermanentSinkError,
    take: Callable[[Sequence[OpenRequest], str], Sequence[B]],
) -> tuple[list[B], list[Culprit]]:
    """Returns what was taken of a refused batch, and what was not.

    `take` is given a part and its name; it raises PermanentSinkError, or anything else to give up for now.
    """
    taken: list[B] = []
    culprits: list[Culprit] = []
    waiting = deque([("", requests, error)])
    tries = 0
    while waiting:
        name, part, error = waiting.popleft()
        halves = _halves(part) if error.divisible and tries < MAX_TRIES else ()
        if not halves:
            culprits += [Culprit(request, str(error)) for request in part]
        for number, half in enumerate(halves):
            tries += 1
            try:
                taken += take(half, f"{name}{number}")
            except PermanentSinkError as again:
                waiting.append((f"{name}{number}", half, again))
    return taken, culprits


def _halves(requests: Sequence[OpenRequest]) -> Sequence[Sequence[OpenRequest]]:
    """Returns both halves; nothing where there is one span, or one body that cannot be read."""
    if len(requests) > 1:
        middle = len(requests) // 2
        return requests[:middle], requests[middle:]
    (request,) = requests
    try:
        message = decode_traces(request.body, request.content_type)
    except Refused:
        return ()
    middle = request.received // 2
    bounds = ((0, middle), (middle, request.received)) if middle else ()
    return [[_part(request, message, *bound)] for bound in bounds]


def _part(
    request: OpenRequest, message: ExportTraceServiceRequest, first: int, end: int
) -> OpenRequest:
    """Returns the request with its spans from `first` to before `end`, in order of appearance."""
    part = ExportTraceServiceRequest()
    part.CopyFrom(message)  # with the fields that we do not know
    at = 0
    for group in part.resource_spans:
        for scope in group.scope_spans:
            there = len(scope.spans)
            del scope.spans[max(end - at, 0) :]
            del scope.spans[: max(first - at, 0)]
            at += there
        _drop(group.scope_spans, lambda scope: not scope.spans)
    _drop(part.resource_spans, lambda group: not group.scope_spans)
    body = part.SerializeToString()
    return replace(request, received=end - first, content_type=PROTOBUF, body=body)


def _drop(items: MutableSequence[T], unwanted: Callable[[T], bool]) -> None:
    for at in reversed(range(len(items))):
        if unwanted(items[at]):
            del items[at]
