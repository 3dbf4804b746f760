"""Attribution as rows have it: names and sources are few and held once, values vary.

Which tags a span has, and where they are from, follows from the names of its attributes, its resource and
the list of sources that it carries; the values are copied. So that list and the resource choose a
template, which says for each tag which attribute its value is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spantally_processor.dialects import SpanView
from spantally_processor.dialects._reading import TAG_PREFIX, is_tag, tags_of
from spantally_processor.otlp.pairs import prefix_of, text_at
from spantally_processor.otlp.values import attributes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


class TagReader:
    """Reads the tags of spans with these attribute names, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.places = tuple(place for place, name in enumerate(names) if is_tag(name))
        self._prefixes = {place: prefix_of(names[place]) for place in self.places}
        self._valued = {
            names[place]: place for place in self.places if names[place].startswith(TAG_PREFIX)
        }
        self._others = [place for place in self.places if place not in self._valued.values()]
        self._texts: list[tuple[int, dict[bytes, str]]] = [
            (place, {}) for place in self._valued.values()
        ]
        """Attribute, and its texts by how they are serialised."""
        self._templates: dict[tuple[object, ...], _Template] = {}

    def read(self, pairs: Sequence[bytes], resource: ResourceView) -> TagSet | None:
        """Returns the tags; None when a value is not a plain text or a name is another."""
        texts = [known.get(pairs[place]) for place, known in self._texts]
        if None in texts:
            texts = [self._text(place, pairs[place], known) for place, known in self._texts]
            if not all(texts):
                return None
        key = (resource, *[pairs[place] for place in self._others])
        template = self._templates.get(key) or self._learn(key, pairs, resource)
        if template is None:
            return None
        names, sources, constants, places = template
        texts += constants
        values = (names, tuple([texts[place] for place in places]), sources)
        # In half the time of TagSet(*values).
        return tuple.__new__(TagSet, values)  # pyright: ignore[reportUnknownMemberType]

    def _text(self, place: int, pair: bytes, known: dict[bytes, str]) -> str | None:
        prefix = self._prefixes[place]
        text = text_at(pair, len(prefix)) if pair.startswith(prefix) else None
        if text:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[pair] = text
        return text

    def _learn(
        self, key: tuple[object, ...], pairs: Sequence[bytes], resource: ResourceView
    ) -> _Template | None:
        if any(not pairs[at].startswith(prefix) for at, prefix in self._prefixes.items()):
            return None
        attributes = attributes_of(KeyValue.FromString(pairs[place]) for place in self.places)
        view = SpanView(_NO_MESSAGE, scope="", resource=resource).with_attributes(attributes)
        tags = tags_of(view)
        names, values, sources = tag_set(tags)
        at = {place: number for number, (place, _) in enumerate(self._texts)}
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
