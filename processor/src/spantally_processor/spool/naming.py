"""Which requests in a spool name a value in an attribute, read beside the processor that writes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.errors import Refused, SpoolError
from spantally_processor.otlp.compression import inflate
from spantally_processor.otlp.decode import decode_traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_LARGEST = 1 << 30

_WAITING = "select seq, content_type, encoding, body from records where ? in ('', tenant)"
_DEAD = "select id, content_type, encoding, body from quarantine where body is not null and ? in ('', tenant)"


class Naming(NamedTuple):
    """Requests that name it."""

    waiting: list[int]
    """Numbers of those that some destination has yet to take."""
    dead_letters: list[int]
    """Numbers of those that a destination refused for good."""


def naming(spool: Path, value: str, tenant: str = "") -> Naming:
    """The requests of a tenant, or of all, in which an attribute has this value; raises SpoolError."""
    try:
        with closing(sqlite3.connect(f"{spool.as_uri()}?mode=ro", uri=True, timeout=10)) as found:
            return Naming(
                *(
                    [
                        number
                        for number, content_type, encoding, body in found.execute(query, (tenant,))
                        if _names(body, content_type, encoding, value)
                    ]
                    for query in (_WAITING, _DEAD)
                )
            )
    except sqlite3.Error as error:
        raise SpoolError(f"cannot read the spool {spool}: {error}") from error


def _names(body: bytes, content_type: str, encoding: str, value: str) -> bool:
    try:
        message = decode_traces(inflate(body, encoding, limit=_LARGEST), content_type)
    except Refused:  # damaged: the processor cannot read it either
        return False
    return any(value == text for text in _texts(message))


def _texts(message: ExportTraceServiceRequest) -> Iterator[str]:
    for group in message.resource_spans:
        yield from (each.value.string_value for each in group.resource.attributes)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield from (each.value.string_value for each in span.attributes)
