"""Spans that are like earlier ones: what was read of those is taken over.

A shape is a dialect for a list of attribute names under one scope; a form is a shape with values. When
a span is read in full, the attributes that its dialect looked at are noted: a span with the same names,
equal in those attributes, byte for byte, would be read the same way, but for the attributes that its
dialect calls volatile (counts, the response id) and the tags. Anything unusual in those, and the span is
read in full.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from spantally_processor.dialects import FIRST_CHUNK, RESPONSE_ID, RepetitiveDialect
from spantally_processor.dialects._reading import MAX_COUNT
from spantally_processor.ledger.found import Found, KnownForm
from spantally_processor.ledger.tag_sets import TagReader
from spantally_processor.otlp.pair_columns import (
    CountColumn,
    DoubleColumn,
    NameColumn,
    TextColumn,
    Values,
)
from spantally_processor.otlp.pairs import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spantally_processor.dialects import Dialect, ResourceView
    from spantally_processor.ledger.plans import FormPlans
    from spantally_processor.model import GenAiSpan

T = TypeVar("T")
C = TypeVar("C", DoubleColumn, TextColumn)
Columns: TypeAlias = "Sequence[Sequence[bytes]]"

_MOST_FORMS = 1 << 12
"""Of one shape; then they are learnt anew."""

_LARGEST_KEY = 1 << 12
"""Bytes of attributes that a form is known by; what is larger has a prompt in it."""

_PATIENCE = 256
"""Spans read in full, after which those of a shape are taken to be all different."""

_LARGEST_SECONDS = 10**9

THREAD = "thread.name"
"""Attribute that says in which thread a span began (OpenTelemetry)."""


class Shape:
    """What is known of spans with these attribute names, in this order, under one scope."""

    def __init__(self, names: tuple[str, ...], dialect: Dialect | None) -> None:
        self.names = names
        self.dialect = dialect
        self._places: dict[str, int] = {}
        """What the volatile attributes become, to where they are."""
        self._volatile: frozenset[int] = frozenset()
        self._forms: dict[tuple[bytes, ...], KnownForm] = {}
        self._missed = self._found = 0
        self.repeats = self._is_repetitive()
        self.tags = TagReader(names)
        self._meters = [each for each in self._places if each not in (RESPONSE_ID, FIRST_CHUNK)]
        self._counts = [
            (self._places[meter], CountColumn(names[self._places[meter]], most=MAX_COUNT))
            for meter in self._meters
        ]
        self._response_id = self._column(self._places.get(RESPONSE_ID), TextColumn)
        self._first_chunk = self._column(self._places.get(FIRST_CHUNK), DoubleColumn)
        self._thread = self._column(names.index(THREAD) if THREAD in names else None, TextColumn)
        self._look_at(frozenset())

    def _is_repetitive(self) -> bool:
        if not isinstance(self.dialect, RepetitiveDialect):
            return False
        volatile = self.dialect.volatile
        becomes = [(volatile[name], at) for at, name in enumerate(self.names) if name in volatile]
        self._places = dict(becomes)
        self._volatile = frozenset(self._places.values())
        # Two attributes for one thing, or of one name: which of them holds is the dialect's to say.
        is_clear = len(self._places) == len(becomes) and len(set(self.names)) == len(self.names)
        return is_clear and bool(self.names)

    def _column(self, place: int | None, kind: Callable[[str], C]) -> tuple[int, C] | None:
        return None if place is None else (place, kind(self.names[place]))

    def _look_at(self, places: frozenset[int]) -> None:
        """Makes these attributes the ones that tell forms from each other."""
        self._looked_at = places
        self._stable = _at(tuple(sorted(places)))
        passed_by = set(range(len(self.names))) - places - self._volatile - set(self.tags.places)
        self._passed_by = [(place, NameColumn(self.names[place])) for place in sorted(passed_by)]
        self._forms.clear()

    def find(
        self, spans: Sequence[Sequence[bytes]], resources: Sequence[ResourceView]
    ) -> Found | None:
        """Returns what is known of spans with these attributes; the others must be read in full."""
        known = list(map(self._forms.get, map(self._stable, spans)))
        places = [place for place, form in enumerate(known) if form is not None]
        if not places:
            return None
        columns = list(zip(*[spans[place] for place in places], strict=True))
        fits = [column.fits(columns[place]) for place, column in self._passed_by]
        counts = [column.read(columns[place]) for place, column in self._counts]
        response_ids, first_chunks_s = self._response_ids(columns), self._first_chunks_s(columns)
        tags = self.tags.read(columns, [resources[place] for place in places])
        fits += [each.fits for each in (*counts, response_ids, first_chunks_s, tags)]
        found = Found(
            places,
            [form for form in known if form is not None],
            np.array([each.values for each in counts], np.int64).reshape(-1, len(places)),
            tags.values,
            response_ids.values,
            first_chunks_s.values,
            self._threads(columns),
        )
        if not all(map(all, fits)):
            found = found.only(list(map(all, zip(*fits, strict=True))))
        self._found += len(found.places)
        return found

    def _response_ids(self, columns: Columns) -> Values[list[str]]:
        if self._response_id is None:
            return _alike("", columns)
        place, column = self._response_id
        return column.read(columns[place])

    def _first_chunks_s(self, columns: Columns) -> Values[list[float | None]]:
        if self._first_chunk is None:
            return _alike(None, columns)
        place, column = self._first_chunk
        seconds, fits = column.read(columns[place])
        usual = (seconds >= 0) & (seconds < _LARGEST_SECONDS) & np.array(fits)
        return Values(seconds.tolist(), usual.tolist())

    def _threads(self, columns: Columns) -> Sequence[str]:
        if self._thread is None:
            return _alike("", columns).values
        place, column = self._thread
        return column.read(columns[place]).values

    def learn(
        self, span: GenAiSpan, looked_at: set[str], pairs: Sequence[bytes], plans: FormPlans
    ) -> bool:
        """Remembers how a span was read, if another one can be read like it; returns whether that is new.

        `looked_at` are the names of the attributes whose values its dialect used.
        """
        meters = () if span.usage is None else tuple(span.usage)
        meters_at = self._places.keys() - {RESPONSE_ID, FIRST_CHUNK}
        if (
            meters_at != set(meters)
            or span.usage_fault
            or span.parts_fault
            or span.parts
            or span.stated_cost is not None
        ):
            return False
        places = frozenset(at for at, name in enumerate(self.names) if name in looked_at)
        stable = places - self._volatile - frozenset(self.tags.places)
        if not stable <= self._looked_at:
            self._look_at(self._looked_at | stable)
        if len(self._forms) >= _MOST_FORMS:
            self._forms.clear()
        key = self._stable(pairs)
        if not self.repeats or sum(map(len, key)) > _LARGEST_KEY:
            return False
        is_new = key not in self._forms
        self._forms[key] = KnownForm(tuple(map(self._meters.index, meters)), plans)
        return is_new

    def missed(self) -> None:
        """Counts a span that had to be read in full; too many of them, and all of them are."""
        self._missed += 1
        if self._missed > _PATIENCE and self._found < self._missed:
            self.repeats = False
            self._forms.clear()


def _alike(value: T, columns: Columns) -> Values[list[T]]:
    rows = len(columns[0])
    return Values([value] * rows, [True] * rows)


def names_of(pairs: Sequence[bytes]) -> tuple[str, ...] | None:
    """Returns the names of attributes; None when one is laid out in an unusual way."""
    names = tuple([name for pair in pairs if (name := name_of(pair)) is not None])
    return names if len(names) == len(pairs) else None


def _at(places: tuple[int, ...]) -> Callable[[Sequence[bytes]], tuple[bytes, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda pairs: tuple([pairs[place] for place in places])
