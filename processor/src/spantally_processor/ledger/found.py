"""Spans of known forms, column by column, and the calls that they become."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from spantally_processor.ledger.rows import CallRow, made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from spantally_processor.ledger.plans import FormPlans
    from spantally_processor.ledger.tag_sets import TagSet

T = TypeVar("T")


class KnownForm(NamedTuple):
    """How the counts of a form's spans are ordered and priced."""

    order: tuple[int, ...]
    """Where each of its counts is among those of its shape."""
    plans: FormPlans


class Found(NamedTuple):
    """What is left to do for spans of known forms, one item for each of them."""

    places: Sequence[int]
    """Which of the spans they are."""
    forms: Sequence[KnownForm]
    counts: NDArray[np.int64]
    """By meter of the shape, by span."""
    tags: Sequence[TagSet]
    response_ids: Sequence[str]
    first_chunks_s: Sequence[float | None]
    threads: Sequence[str]

    def calls(self, starts_ns: Sequence[int], ends_ns: Sequence[int]) -> list[CallRow | None]:
        """Returns the spans' calls, given their times; None for one that must be priced in full."""
        groups: dict[int, list[int]] = {}
        for place, form in enumerate(map(id, self.forms)):
            groups.setdefault(form, []).append(place)
        calls: list[CallRow | None] = [None] * len(self.forms)
        for of_form in groups.values():
            order, plans = self.forms[of_form[0]]
            counts = self.counts[np.ix_(order, of_form)]
            rows = list(zip(*counts.tolist(), strict=True)) if order else [()] * len(of_form)
            times = (_these(starts_ns, of_form), _these(ends_ns, of_form))
            for some, (likes, *charges) in plans.charges(counts, *times):
                places = _these(of_form, some)
                columns = (
                    likes,
                    _these(self.tags, places),
                    _these(self.response_ids, places),
                    _these(self.first_chunks_s, places),
                    _these(rows, some),
                    *charges,
                )
                for place, call in zip(places, made(CallRow, zip(*columns)), strict=True):
                    calls[place] = call
        return calls

    def only(self, these: Sequence[bool]) -> Found:
        """Returns the same of some of the spans."""
        return Found(
            list(compress(self.places, these)),
            list(compress(self.forms, these)),
            self.counts[:, np.array(these)],
            list(compress(self.tags, these)),
            list(compress(self.response_ids, these)),
            list(compress(self.first_chunks_s, these)),
            list(compress(self.threads, these)),
        )


def _these(items: Sequence[T], places: Sequence[int]) -> list[T]:
    return list(map(items.__getitem__, places))
