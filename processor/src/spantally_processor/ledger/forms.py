"""Spans that are like earlier ones: what was read of those is taken over.

A shape is a dialect for a list of attribute names under one scope; a form is a shape with values. When
a span is read in full, the attributes that its dialect looked at are noted: a span with the same names,
equal in those attributes, would be read the same way, but for the attributes that its dialect calls
volatile (counts, the response id) and the tags. Anything unusual in those, and the span is read in full.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spantally_processor.dialects import (
    FIRST_CHUNK,
    RESPONSE_ID,
    RepetitiveDialect,
    ResourceView,
    SpanView,
)
from spantally_processor.dialects._reading import MAX_COUNT, is_tag, tags_of
from spantally_processor.ledger.rows import TagSet
from spantally_processor.otlp.atoms import attributes_of_atoms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spantally_processor.dialects import Dialect
    from spantally_processor.ledger.plans import FormPlans
    from spantally_processor.model import GenAiSpan
    from spantally_processor.otlp.atoms import Atom
    from spantally_processor.otlp.values import Attributes, Value

_MOST_FORMS = 1 << 12
_MOST_TAG_SETS = 1 << 13
"""Of one shape; then they are learnt anew."""

_PATIENCE = 256
"""Spans read in full, after which those of a shape are taken to be all different."""

_LARGEST_SECONDS = 10**9


class KnownForm:
    """How the counts of a form's spans are found and priced."""

    __slots__ = ("counts_at", "plans")

    def __init__(self, counts_at: tuple[int, ...], plans: FormPlans) -> None:
        self.counts_at = counts_at
        self.plans = plans

    def counts(self, atoms: Sequence[Atom]) -> list[int] | None:
        """Returns the counts; None when one is not plainly a count."""
        counts: list[int] = []
        for place in self.counts_at:
            count = atoms[place].value
            if type(count) is not int or not 0 <= count <= MAX_COUNT:
                return None
            counts.append(count)
        return counts


class Shape:
    """What is known of spans with these attribute names, in this order, under one scope."""

    def __init__(self, names: tuple[str, ...], dialect: Dialect | None) -> None:
        self.dialect = dialect
        self._names = names
        self._meters: dict[str, int] = {}
        self._response_id_at = self._first_chunk_at = -1
        self._volatile: frozenset[int] = frozenset()
        self._tags_at = tuple(place for place, name in enumerate(names) if is_tag(name))
        self._tags = _values_at(self._tags_at)
        self._tag_sets: dict[tuple[object, ...], TagSet] = {}
        self._looked_at: frozenset[int] = frozenset()
        self._stable = _values_at(())
        self._forms: dict[tuple[object, ...], KnownForm] = {}
        self._missed = self._found = 0
        self.repeats = self._is_repetitive()

    def _is_repetitive(self) -> bool:
        if not isinstance(self.dialect, RepetitiveDialect):
            return False
        if len(set(self._names)) < len(self._names):
            return False
        volatile = self.dialect.volatile
        becomes = [(volatile[name], at) for at, name in enumerate(self._names) if name in volatile]
        places = dict(becomes)
        self._response_id_at = places.pop(RESPONSE_ID, -1)
        self._first_chunk_at = places.pop(FIRST_CHUNK, -1)
        self._meters = places
        self._volatile = frozenset(at for _, at in becomes)
        # Two names for one thing: which of them holds is the dialect's to say.
        return len(set(dict(becomes))) == len(becomes)

    def find(self, atoms: Sequence[Atom]) -> KnownForm | None:
        """Returns the form of a span with these attributes."""
        known = self._forms.get(self._stable(atoms))
        if known is not None:
            self._found += 1
        return known

    def learn(self, looked_at: set[str], atoms: Sequence[Atom], known: KnownForm) -> None:
        """Remembers how a span was read; `looked_at` are the names whose values its dialect used."""
        self.missed()
        places = frozenset(at for at, name in enumerate(self._names) if name in looked_at)
        stable = places - self._volatile - frozenset(self._tags_at)
        if not stable <= self._looked_at:
            self._looked_at |= stable
            self._stable = _values_at(tuple(sorted(self._looked_at)))
            self._forms.clear()
        if len(self._forms) >= _MOST_FORMS:
            self._forms.clear()
        if self.repeats and all(atoms[place].is_read for place in self._looked_at):
            self._forms[self._stable(atoms)] = known

    def missed(self) -> None:
        """Counts a span that had to be read in full; too many of them, and all of them are."""
        self._missed += 1
        if self._missed > _PATIENCE and self._found < self._missed:
            self.repeats = False
            self._forms.clear()

    def counts_at(self, span: GenAiSpan) -> tuple[int, ...] | None:
        """Returns where the counts of the span's usage are; None when they are not all its own."""
        meters = () if span.usage is None else tuple(span.usage)
        if span.usage_fault or span.parts or span.stated_cost is not None:
            return None
        if self._meters.keys() != set(meters):
            return None
        return tuple(self._meters[meter] for meter in meters)

    def response_id(self, atoms: Sequence[Atom]) -> str | None:
        """Returns the response's id, "" when there is none; None when it is not a plain one."""
        if self._response_id_at < 0:
            return ""
        value = atoms[self._response_id_at].value
        return value if isinstance(value, str) else None

    def is_first_chunk_plain(self, atoms: Sequence[Atom]) -> bool:
        """Whether the time to the first chunk is absent or a sensible number."""
        if self._first_chunk_at < 0:
            return True
        value = atoms[self._first_chunk_at].value
        return type(value) is float and 0 <= value < _LARGEST_SECONDS

    def first_chunk(self, atoms: Sequence[Atom]) -> float | None:
        """Returns the time to the first chunk in seconds."""
        if self._first_chunk_at < 0:
            return None
        value = atoms[self._first_chunk_at].value
        return value if isinstance(value, float) else None

    def tag_set(self, atoms: Sequence[Atom], resource: ResourceView) -> TagSet:
        """Returns the tags of a span with these attributes and this resource."""
        tags = self._tags(atoms)
        key = (resource, *tags)
        known = self._tag_sets.get(key)
        if known is None:
            if len(self._tag_sets) >= _MOST_TAG_SETS:
                self._tag_sets.clear()
            view = SpanView(_NO_MESSAGE, scope="", resource=resource)
            attributes = attributes_of_atoms([atoms[at] for at in self._tags_at])
            known = self._tag_sets[key] = TagSet(tags_of(view.with_attributes(attributes)))
        return known


class Watched(dict[str, "Value"]):
    """Attributes that note which of their values were looked at; which names there are is free."""

    def __init__(self, attributes: Attributes) -> None:
        super().__init__(attributes)
        self.looked_at: set[str] = set()

    def __getitem__(self, name: str) -> Value:
        self.looked_at.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Value = None) -> Value:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As of a dict, and noted."""
        self.looked_at.add(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:  # overridden: a copy would pass by __getitem__ without it
        return super().__iter__()

    def items(self):
        """As of a dict; all of them were looked at."""
        self.looked_at.update(self)
        return super().items()

    def values(self):
        """As of a dict; all of them were looked at."""
        self.looked_at.update(self)
        return super().values()


class WatchedResource(ResourceView):
    """A resource that notes whether anything but its service and tags was looked at."""

    def __init__(self, resource: ResourceView) -> None:
        self.was_searched = False
        self.__dict__["service"] = resource.service
        self.__dict__["tags"] = resource.tags
        self.attribution = resource.attribution
        self._resource = resource

    @property
    def attributes(self) -> Attributes:
        """The resource's attributes, which a form says nothing about."""
        self.was_searched = True
        return self._resource.attributes


_NO_MESSAGE = Span()


def _values_at(places: tuple[int, ...]) -> Callable[[Sequence[Atom]], tuple[Atom, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda atoms: tuple([atoms[place] for place in places])
