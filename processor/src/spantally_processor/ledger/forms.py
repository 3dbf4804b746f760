"""Spans that are like earlier ones: what was read of those is taken over.

A shape is a dialect for a list of attribute names under one scope; a form is a shape with values. When
a span is read in full, the attributes that its dialect looked at are noted: a span with the same names,
equal in those attributes, byte for byte, would be read the same way, but for the attributes that its
dialect calls volatile (counts, the response id) and the tags. Anything unusual in those, and the span is
read in full.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.dialects import FIRST_CHUNK, RESPONSE_ID, RepetitiveDialect
from spantally_processor.dialects._reading import MAX_COUNT
from spantally_processor.ledger.tag_sets import TagReader
from spantally_processor.otlp.pairs import double_at, name_of, prefix_of, text_at, whole_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spantally_processor.dialects import Dialect, ResourceView
    from spantally_processor.ledger.plans import FormPlans
    from spantally_processor.ledger.tag_sets import TagSet
    from spantally_processor.model import GenAiSpan

_MOST_FORMS = 1 << 12
"""Of one shape; then they are learnt anew."""

_LARGEST_KEY = 1 << 12
"""Bytes of attributes that a form is known by; what is larger has a prompt in it."""

_PATIENCE = 256
"""Spans read in full, after which those of a shape are taken to be all different."""

_LARGEST_SECONDS = 10**9


class KnownForm(NamedTuple):
    """How the counts of a form's spans are found and priced."""

    counts_at: tuple[tuple[int, int], ...]
    """Which attributes they are, and where in them the value begins."""
    plans: FormPlans


class Found(NamedTuple):
    """What is left to do for a span of a known form."""

    plans: FormPlans
    counts: list[int]
    tags: TagSet
    response_id: str
    first_chunk_s: float | None


class Shape:
    """What is known of spans with these attribute names, in this order, under one scope."""

    def __init__(self, names: tuple[str, ...], dialect: Dialect | None) -> None:
        self.names = names
        self.dialect = dialect
        self._prefixes = tuple(map(prefix_of, names))
        self._places: dict[str, int] = {}
        """What the volatile attributes become, to where they are."""
        self._volatile: frozenset[int] = frozenset()
        self.tags = TagReader(names)
        self._forms: dict[tuple[bytes, ...], KnownForm] = {}
        self._missed = self._found = 0
        self.repeats = self._is_repetitive()
        self._look_at(frozenset())

    def _is_repetitive(self) -> bool:
        if not isinstance(self.dialect, RepetitiveDialect):
            return False
        volatile = self.dialect.volatile
        becomes = [(volatile[name], at) for at, name in enumerate(self.names) if name in volatile]
        self._places = dict(becomes)
        self._volatile = frozenset(self._places.values())
        # Two attributes for one thing, or of one name: which of them holds is the dialect's to say.
        return len(self._places) == len(becomes) and len(set(self.names)) == len(self.names)

    def _look_at(self, places: frozenset[int]) -> None:
        """Makes these attributes the ones that tell forms from each other."""
        self._looked_at = places
        self._stable = _at(tuple(sorted(places)))
        passed_by = set(range(len(self.names))) - places - set(self.tags.places)
        self._passed_by = _at(tuple(sorted(passed_by)))
        self._passed_prefixes = tuple(self._prefixes[place] for place in sorted(passed_by))
        self._forms.clear()

    def find(self, pairs: Sequence[bytes], resource: ResourceView) -> Found | None:
        """Returns what is known of a span with these attributes; None when it must be read in full."""
        known = self._forms.get(self._stable(pairs))
        if known is None:
            return None
        if not all(map(bytes.startswith, self._passed_by(pairs), self._passed_prefixes)):
            return None
        counts: list[int] = []
        for place, at in known.counts_at:
            count = whole_at(pairs[place], at)
            if count is None or count > MAX_COUNT:
                return None
            counts.append(count)
        tags = self.tags.read(pairs, resource)
        response_id = self._response_id(pairs)
        first_chunk_s = self._first_chunk_s(pairs)
        if tags is None or response_id is None or first_chunk_s == _UNUSUAL:
            return None
        self._found += 1
        return Found(known.plans, counts, tags, response_id, first_chunk_s)

    def learn(
        self, span: GenAiSpan, looked_at: set[str], pairs: Sequence[bytes], plans: FormPlans
    ) -> None:
        """Remembers how a span was read, if another one can be read like it.

        `looked_at` are the names of the attributes whose values its dialect used.
        """
        meters = () if span.usage is None else tuple(span.usage)
        meters_at = self._places.keys() - {RESPONSE_ID, FIRST_CHUNK}
        if (
            meters_at != set(meters)
            or span.usage_fault
            or span.parts
            or span.stated_cost is not None
        ):
            return
        places = frozenset(at for at, name in enumerate(self.names) if name in looked_at)
        stable = places - self._volatile - frozenset(self.tags.places)
        if not stable <= self._looked_at:
            self._look_at(self._looked_at | stable)
        if len(self._forms) >= _MOST_FORMS:
            self._forms.clear()
        key = self._stable(pairs)
        if self.repeats and sum(map(len, key)) <= _LARGEST_KEY:
            counts_at = [self._places[meter] for meter in meters]
            self._forms[key] = KnownForm(
                tuple((place, len(self._prefixes[place])) for place in counts_at), plans
            )

    def missed(self) -> None:
        """Counts a span that had to be read in full; too many of them, and all of them are."""
        self._missed += 1
        if self._missed > _PATIENCE and self._found < self._missed:
            self.repeats = False
            self._forms.clear()

    def _response_id(self, pairs: Sequence[bytes]) -> str | None:
        place = self._places.get(RESPONSE_ID)
        return "" if place is None else text_at(pairs[place], len(self._prefixes[place]))

    def _first_chunk_s(self, pairs: Sequence[bytes]) -> float | None:
        place = self._places.get(FIRST_CHUNK)
        if place is None:
            return None
        seconds = double_at(pairs[place], len(self._prefixes[place]))
        return seconds if seconds is not None and 0 <= seconds < _LARGEST_SECONDS else _UNUSUAL


_UNUSUAL = -1.0


def names_of(pairs: Sequence[bytes]) -> tuple[str, ...] | None:
    """Returns the names of attributes; None when one is laid out in an unusual way."""
    names = tuple([name for pair in pairs if (name := name_of(pair)) is not None])
    return names if len(names) == len(pairs) else None


def _at(places: tuple[int, ...]) -> Callable[[Sequence[bytes]], tuple[bytes, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda pairs: tuple([pairs[place] for place in places])
