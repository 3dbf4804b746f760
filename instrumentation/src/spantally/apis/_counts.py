"""Counts under the names that one provider gives them."""

from __future__ import annotations

import re
from math import ceil
from typing import TYPE_CHECKING

from spantally._json import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally._json import JsonObject
    from spantally.apis import Attributes

_SECONDS = re.compile(r"[0-9]{1,8}(?:\.[0-9]*)?")


def counts_of(usage: JsonObject, names: Mapping[str, str]) -> Attributes:
    """The counts that are there; `names` are span attributes by the provider's field."""
    found = ((name, count(usage, field)) for field, name in names.items())
    return {name: number for name, number in found if number is not None}


def fill_in(counts: Attributes, name: str, usage: JsonObject, *fields: str) -> None:
    """Take a count from the first of `fields` that has it, unless it was read already."""
    for field in fields:
        if name in counts:
            return
        counts.update(counts_of(usage, {field: name}))


def whole_seconds(value: object) -> int | None:
    """Whole seconds, a part of one counted; None where there is no number. Some write it as text."""
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        return ceil(float(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9:
        return ceil(value)
    return None


def rerank_searches(queries: int, documents: int) -> int:
    """What a reranking is billed as: queries, each of up to 100 chunks."""
    return queries * -(-documents // 100)


def number_of(counts: Attributes, name: str) -> int:
    """A count that was read; 0 when it was not."""
    value = counts.get(name, 0)
    return value if isinstance(value, int) else 0
