"""Counts into portions without overlap, compiled once for each set of meters.

The same split that `Usage` makes (the fresh part of `input_tokens` is what is neither cached nor
written …) as subtractions on plain numbers. Sets with audio, image or video input are left to `Usage`,
whose rules for them are not subtractions alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from spantally_pricing.meters import INPUT_MODALITIES, METERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_BY_MODALITY = frozenset((*INPUT_MODALITIES, *INPUT_MODALITIES.values()))


class Split(NamedTuple):
    """Where in the counts each portion is: its whole, and the parts to take from it."""

    meters: tuple[str, ...]
    """Of the portions, in the order of the cost lines."""
    wholes: tuple[int, ...]
    parts: tuple[tuple[int, tuple[int, ...]], ...]
    """(portion, counts to subtract), for the portions that have parts."""
    prompt: int | None
    """Where `input_tokens` is."""

    def portions(self, counts: Sequence[int]) -> list[int] | None:
        """Returns the portions; None when the parts of one are larger than it is."""
        portions = [counts[whole] for whole in self.wholes]
        for place, parts in self.parts:
            for part in parts:
                portions[place] -= counts[part]
            if portions[place] < 0:
                return None
        return portions

    def portion_columns(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the portions of many calls, by portion and call; negative where parts are too large."""
        portions = counts[list(self.wholes)]
        for place, parts in self.parts:
            portions[place] -= counts[list(parts)].sum(axis=0)
        return portions


def split_of(meters: tuple[str, ...]) -> Split | None:
    """Returns how counts of these meters are split; None when only `Usage` can say."""
    places = {meter: place for place, meter in enumerate(meters)}
    if not METERS.keys() >= places.keys() or not _BY_MODALITY.isdisjoint(meters):
        return None
    if any(whole not in places for meter in meters for whole in METERS[meter].part_of):
        return None
    ordered = tuple(meter for meter in METERS if meter in places)
    parts = {
        place: tuple(places[part] for part in ordered if meter in METERS[part].part_of)
        for place, meter in enumerate(ordered)
    }
    return Split(
        meters=ordered,
        wholes=tuple(places[meter] for meter in ordered),
        parts=tuple((place, found) for place, found in parts.items() if found),
        prompt=places.get("input_tokens"),
    )
