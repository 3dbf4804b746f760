"""What a destination refuses for good, narrowed down by halves until the culprit is alone.

A refused batch is halved, then its records, then the spans of a record; what is taken on the way is
taken, so one bad span costs no neighbour. The names of the parts, and with them their tokens, follow
from the batch alone: after a crash the same parts are tried again. Where nearly everything is refused
(a table that somebody changed) halving would never end, so the number of tries is bounded.
"""

from __future__ import annotations

import sys
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spantally_processor.booking import DamagedRecord, opened
from spantally_processor.errors import PermanentSinkError, Refused
from spantally_processor.otlp.decode import PROTOBUF, decode_traces
from spantally_processor.spool import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, MutableSequence, Sequence

    from spantally_processor.spool import Record

T = TypeVar("T")

MAX_TRIES = 256
"""Writes of parts of one batch. One bad span in 32,768 takes 30."""


class Culprit(NamedTuple):
    """A record, or what is left of one, that is refused whatever is with it."""

    record: Record
    reason: str


def narrowed(
    records: Sequence[Record],
    error: PermanentSinkError,
    take: Callable[[Sequence[Record], str], Sequence[T]],
) -> tuple[list[T], list[Culprit]]:
    """Returns what was taken of a refused batch, and what was not.

    `take` is given a part and its name; it raises PermanentSinkError, or anything else to give up for now.
    """
    taken: list[T] = []
    culprits: list[Culprit] = []
    waiting = deque([("", records, error)])
    tries = 0
    while waiting:
        name, part, error = waiting.popleft()
        halves = _halves(part) if error.divisible and tries < MAX_TRIES else ()
        if not halves:
            culprits += [Culprit(record, str(error)) for record in part]
        for number, half in enumerate(halves):
            tries += 1
            try:
                taken += take(half, f"{name}{number}")
            except PermanentSinkError as again:
                waiting.append((f"{name}{number}", half, again))
    return taken, culprits


def _halves(records: Sequence[Record]) -> Sequence[Sequence[Record]]:
    """Returns both halves; nothing where there is one span, or one body that cannot be read."""
    if len(records) > 1:
        middle = len(records) // 2
        return records[:middle], records[middle:]
    (record,) = records
    try:
        request = opened(record, max_bytes=sys.maxsize)  # bounded when it was made
        message = decode_traces(request.body, request.content_type)
    except (Refused, DamagedRecord):
        return ()
    middle = record.spans // 2
    bounds = ((0, middle), (middle, record.spans)) if middle else ()
    return [[_part(record, message, *bound)] for bound in bounds]


def _part(record: Record, message: ExportTraceServiceRequest, first: int, end: int) -> Record:
    """Returns the record with its spans from `first` to before `end`, in order of appearance."""
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
    return replace(
        record,
        spans=end - first,
        content_type=PROTOBUF,
        encoding="",
        digest=digest_of(body),
        body=body,
    )


def _drop(items: MutableSequence[T], unwanted: Callable[[T], bool]) -> None:
    for at in reversed(range(len(items))):
        if unwanted(items[at]):
            del items[at]
