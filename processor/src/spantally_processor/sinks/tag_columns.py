"""Attribution as columns: a column for each first-class tag, maps for the others and for the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.model import REQUIRED_TAGS, TAG_COLUMNS
from spantally_processor.sinks import native
from spantally_processor.sinks.coding import Coded, coded_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spantally_processor.ledger.tag_sets import TagSet
    from spantally_processor.sinks.native import Column

_HIGH_CARDINALITY = frozenset(("customer", "user"))
"""Tags whose columns are plain strings."""

_Names = tuple[str, ...]


def tag_columns(tags: Sequence[TagSet]) -> dict[str, Column]:
    """Returns the columns of `llm_spans` that hold attribution."""
    names = Coded([each.names for each in tags])
    sources = Coded([each.sources for each in tags])
    values = [each.values for each in tags]
    columns = {name: _tag(name, names, values) for name in TAG_COLUMNS}
    columns["attribution_missing"] = native.arrays(
        *names.text_lists(lambda each: [key for key in REQUIRED_TAGS if key not in each])
    )
    lengths, keys = names.text_lists(lambda each: each)
    columns["tag_sources"] = native.maps(lengths, keys, sources.text_lists(lambda each: each)[1])
    columns["tags"] = _others(names, values)
    return columns


def _tag(name: str, names: Coded[_Names], values: Sequence[tuple[str, ...]]) -> Column:
    if len(names.items) == 1 and name not in names.items[0]:
        texts = [""] * len(values)
    else:
        texts = [
            "" if place is None else row[place]
            for place, row in zip(names.each(_place_of(name)), values, strict=True)
        ]
    return native.strings(texts) if name in _HIGH_CARDINALITY else coded_texts(texts)


def _place_of(name: str) -> Callable[[_Names], int | None]:
    return lambda names: names.index(name) if name in names else None


def _others(names: Coded[_Names], values: Sequence[tuple[str, ...]]) -> Column:
    places = names.each(
        lambda each: [place for place, name in enumerate(each) if name not in TAG_COLUMNS]
    )
    return native.maps(
        *names.text_lists(lambda each: [name for name in each if name not in TAG_COLUMNS]),
        native.strings(
            [row[place] for here, row in zip(places, values, strict=True) for place in here]
        ),
    )
