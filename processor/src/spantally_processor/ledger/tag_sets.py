"""Attribution as rows have it: names and sources are few and held once, values vary.

Which tags a span has, and where they are from, follows from the names of its attributes, its resource and
the list of sources that it carries; the values are copied. So that list and the resource choose a
template, which says for each tag which attribute its value is in.
"""

from __future__ import annotations

from itertools import compress, repeat
from typing import TYPE_CHECKING, NamedTuple, cast

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spantally_processor.dialects import SpanView
from spantally_processor.dialects._reading import TAG_PREFIX, is_tag, tags_of
from spantally_processor.ledger.rows import made
from spantally_processor.otlp.pair_columns import TextColumn, Values
from spantally_processor.otlp.pairs import prefix_of
from spantally_processor.otlp.values import attributes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spantally_processor.dialects import ResourceView
    from spantally_processor.model import Tag

_REMEMBERED = 1 << 12
"""Texts of one attribute, templates of one shape, and lists of names."""

_TAG = TAG_PREFIX.encode()
_NO_MESSAGE = Span()

_shared: dict[tuple[str, ...], tuple[str, ...]] = {}


class TagSet(NamedTuple):
    """Attribution of a call. `names` and `sources` are one object wherever they are equal."""

    names: tuple[str, ...]
    values: tuple[str, ...]
    sources: tuple[str, ...]


_NO_TAGS = TagSet((), (), ())


def tag_set(tags: Mapping[str, Tag]) -> TagSet:
    """Returns the tags as rows have them."""
    return TagSet(
        _once(tuple(tags)),
        tuple([tag.value for tag in tags.values()]),
        _once(tuple([tag.source for tag in tags.values()])),
    )


def tag_keys_of(pairs: Sequence[bytes]) -> tuple[str, ...]:
    """Returns the names of the tags among serialised attributes."""
    found = [pair for pair in pairs if pair[2 : 2 + len(_TAG)] == _TAG]
    if not found:
        return ()
    # The length of the key is one byte: tags have at most 63 characters.
    return _once(
        tuple([pair[2 + len(_TAG) : 2 + pair[1]].decode(errors="replace") for pair in found])
    )


class _Template(NamedTuple):
    names: tuple[str, ...]
    sources: tuple[str, ...]
    constants: tuple[str, ...]
    """What the resource has, and nothing where a value is in an attribute."""
    places: tuple[int, ...]
    """Where each value is in the texts of the attributes, followed by the constants."""

    def filled(self, texts: Sequence[Sequence[str]], rows: int) -> list[TagSet]:
        """Returns the tags of rows with these texts, given attribute by attribute."""
        columns: list[Iterable[str]] = [*texts, *(repeat(each, rows) for each in self.constants)]
        values = zip(*[columns[place] for place in self.places], strict=True)
        if not self.places:
            values = repeat(())
        return made(TagSet, zip(repeat(self.names, rows), values, repeat(self.sources)))


class TagReader:
    """Reads the tags of spans with these attribute names, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.places = tuple(place for place, name in enumerate(names) if is_tag(name))
        self._prefixes = {place: prefix_of(names[place]) for place in self.places}
        self._valued = {
            names[place]: place for place in self.places if names[place].startswith(TAG_PREFIX)
        }
        self._others = [place for place in self.places if place not in self._valued.values()]
        self._texts: dict[int, tuple[TextColumn, dict[bytes, str]]] = {
            place: (TextColumn(names[place]), {}) for place in self._valued.values()
        }
        """By attribute: how to read it, and its texts by how they are serialised."""
        self._templates: dict[tuple[object, ...], _Template] = {}

    def read(
        self, columns: Sequence[Sequence[bytes]], resources: Sequence[ResourceView]
    ) -> Values[Sequence[TagSet]]:
        """Returns the tags of spans, given attribute by attribute.

        They do not fit where a value is not a plain text or a name is another.
        """
        rows = len(resources)
        texts = [self._read(place, columns[place]) for place in self._texts]
        fits = list(map(all, zip(*texts, strict=True))) if texts else [True] * rows
        groups: dict[tuple[object, ...], list[int]] = {}
        others = [columns[place] for place in self._others]
        for place, (good, *key) in enumerate(zip(fits, resources, *others, strict=True)):
            if good:
                groups.setdefault(tuple(key), []).append(place)
        tags = [_NO_TAGS] * rows
        for key, places in groups.items():
            first = places[0]
            template = self._templates.get(key) or self._learn(
                key, [column[first] for column in columns], resources[first]
            )
            if template is None:
                for place in places:
                    fits[place] = False
            elif len(places) == rows:
                tags = template.filled(texts, rows)
            else:
                some = [list(map(column.__getitem__, places)) for column in texts]
                for place, each in zip(places, template.filled(some, len(places)), strict=True):
                    tags[place] = each
        return Values(tags, fits)

    def _read(self, place: int, pairs: Sequence[bytes]) -> list[str]:
        """Returns the texts of an attribute, empty where a value is none or empty."""
        column, known = self._texts[place]
        texts = list(map(known.get, pairs))
        if None not in texts:
            return cast("list[str]", texts)
        new = [pair for pair, text in zip(pairs, texts, strict=True) if text is None]
        values, fits = column.read(new)
        if len(known) + len(new) > _REMEMBERED:
            known.clear()
        known.update(compress(zip(new, values, strict=True), fits))
        read = iter(values)
        return [next(read) if text is None else text for text in texts]

    def _learn(
        self, key: tuple[object, ...], pairs: Sequence[bytes], resource: ResourceView
    ) -> _Template | None:
        if any(not pairs[at].startswith(prefix) for at, prefix in self._prefixes.items()):
            return None
        attributes = attributes_of(KeyValue.FromString(pairs[place]) for place in self.places)
        view = SpanView(_NO_MESSAGE, scope="", resource=resource).with_attributes(attributes)
        tags = tags_of(view)
        names, values, sources = tag_set(tags)
        at = {place: number for number, place in enumerate(self._texts)}
        found = [self._valued.get(TAG_PREFIX + name) for name in names]
        places = tuple(
            [len(at) + n if place is None else at[place] for n, place in enumerate(found)]
        )
        if len(self._templates) >= _REMEMBERED:
            self._templates.clear()
        template = self._templates[key] = _Template(names, sources, values, places)
        return template


def _once(texts: tuple[str, ...]) -> tuple[str, ...]:
    if len(_shared) >= _REMEMBERED:
        _shared.clear()
    return _shared.setdefault(texts, texts)
