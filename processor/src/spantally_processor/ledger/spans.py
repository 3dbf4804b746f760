"""Spans that are read together, column by column, and the rows that they become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from spantally_processor.ledger.forms import THREAD
from spantally_processor.ledger.rows import SpanRow, made
from spantally_processor.ledger.tag_sets import tag_keys_of
from spantally_processor.otlp.pairs import prefix_of, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spantally_processor.dialects import ResourceView
    from spantally_processor.ledger.rows import CallRow
    from spantally_processor.otlp.lean import LeanSpan

S = TypeVar("S")

_STATUS_ERROR = 2
"""STATUS_CODE_ERROR of OTLP."""

_THREAD = prefix_of(THREAD)


class Spans(Generic[S]):
    """Columns of spans, and what is found out of each: the same place is the same span in all of them.

    A scope is what the reader knows of it.
    """

    def __init__(
        self, messages: list[LeanSpan], scopes: list[S], resources: list[ResourceView]
    ) -> None:
        self.messages = messages
        self.scopes = scopes
        self.resources = resources
        self.pairs: list[Sequence[bytes]] = [span.attributes[:] for span in messages]
        self.starts_ns = [span.start_time_unix_nano for span in messages]
        self.ends_ns = [span.end_time_unix_nano for span in messages]
        self.calls: list[CallRow | None] = [None] * len(messages)
        self.threads: list[str | None] = [None] * len(messages)
        """None where nobody has looked."""

    def alike(self) -> Iterator[tuple[S, int, list[int]]]:
        """Yields the places of the spans of one scope that have so many attributes."""
        found: dict[tuple[int, int], list[int]] = {}
        for place, key in enumerate(zip(map(id, self.scopes), map(len, self.pairs), strict=True)):
            found.setdefault(key, []).append(place)
        for (_, size), places in found.items():
            yield self.scopes[places[0]], size, places

    def rows(self) -> list[SpanRow]:
        """Returns the rows."""
        messages, pairs, calls = self.messages, self.pairs, self.calls
        parents = [span.parent_span_id for span in messages]
        columns = (
            [span.trace_id for span in messages],
            [span.span_id for span in messages],
            parents,
            self.starts_ns,
            self.ends_ns,
            [span.name for span in messages],
            [resource.service for resource in self.resources],
            [resource.version for resource in self.resources],
            [span.status.code == _STATUS_ERROR for span in messages],
            [
                tag_keys_of(each) if call is None else call.tags.names
                for each, call in zip(pairs, calls, strict=True)
            ],
            [
                "" if parent else _thread_of(each) if thread is None else thread
                for parent, thread, each in zip(parents, self.threads, pairs, strict=True)
            ],
            calls,
        )
        return made(SpanRow, zip(*columns, strict=True))


def _thread_of(pairs: Sequence[bytes]) -> str:
    """Returns the thread that a span began in, by OpenTelemetry's `thread.name`; empty without one."""
    found = (text_at(pair, len(_THREAD)) for pair in pairs if pair.startswith(_THREAD))
    return next(found, None) or ""
