"""What a provider says a call used.

Providers disagree on whether input counts include cached tokens; every `Usage` includes them, as the
OpenTelemetry conventions do. Whoever reads a provider's response converts; nothing after this may guess.
A count that was not reported is absent, which is not 0.

The inclusive counts are split here, once, into portions that share no token (`portions`): those are
what gets multiplied by a rate. Splitting is also the check: a portion below 0 means that the parts
are larger than the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

from .errors import InvalidUsage
from .meters import (
    CACHE_READ,
    CACHE_WRITE,
    INPUT,
    INPUT_MODALITIES,
    METERS,
    OUTPUT,
    OUTPUT_PARTS,
    RETENTIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART_OF = {meter.name: meter.part_of for meter in METERS.values() if meter.part_of}
_WITH_PARTS = frozenset(whole for wholes in _PART_OF.values() for whole in wholes)
_STANDALONE = {
    name: place for place, name in enumerate(METERS) if name not in {*_PART_OF, *_WITH_PARTS}
}
"""Meters that share nothing with another, and their places in the order of lines."""

_IN_INPUT = frozenset((CACHE_READ, CACHE_WRITE, *INPUT_MODALITIES))

_LARGEST = 2**63 - 1
"""What telemetry can carry; a larger count is nobody's."""


class Usage(Mapping[str, int]):
    """Immutable counts by meter name (see `meters.METERS`).

    Raises:
        InvalidUsage: an unknown meter, a count that is not a whole number from 0 to 2^63 - 1, a part
            without its whole, or parts that together are larger than their whole.
    """

    __slots__ = ("_counts", "portions", "prompt")

    _counts: dict[str, int]
    portions: tuple[tuple[str, Decimal], ...] | None
    """(meter, quantity) without overlap and without zeros; None when the counts leave the split open."""
    prompt: int | None
    """`input_tokens`, which decides the tier; 0 where there are no tokens, None when it was not reported."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        checked = dict(counts)
        for name, count in checked.items():
            if type(count) is not int or not 0 <= count <= _LARGEST or name not in METERS:
                _refuse(name, count)
        for name, count in checked.items():
            if name in _PART_OF:
                _check_wholes(name, count, checked)
        object.__setattr__(self, "_counts", checked)
        object.__setattr__(self, "portions", _split(checked))
        unsaid = None if OUTPUT in checked else 0
        object.__setattr__(self, "prompt", checked.get(INPUT, unsaid))

    def __getitem__(self, meter: str) -> int:
        """The inclusive count of `meter`; KeyError when it was not reported."""
        return self._counts[meter]

    def __iter__(self) -> Iterator[str]:
        """The meters that were reported."""
        return iter(self._counts)

    def __len__(self) -> int:
        """How many meters were reported."""
        return len(self._counts)

    def __setattr__(self, name: str, value: object) -> None:
        """Refused: a usage does not change."""
        msg = f"Usage is immutable; {name} cannot be set"
        raise AttributeError(msg)

    def __hash__(self) -> int:
        """Equal counts hash equal."""
        return hash(frozenset(self._counts.items()))

    def __repr__(self) -> str:
        """Readable, and valid Python."""
        return f"Usage({self._counts!r})"


def _refuse(name: str, count: int) -> NoReturn:
    """Say why a meter or a count means nothing."""
    if name not in METERS:
        near = get_close_matches(name, METERS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        msg = f"unknown meter {name!r}{hint}"
        raise InvalidUsage(msg)
    msg = f"{name} is {count!r}; a count is a whole number from 0 to {_LARGEST}"
    raise InvalidUsage(msg)


def _check_wholes(name: str, count: int, counts: Mapping[str, int]) -> None:
    """Refuse a part that is larger than what includes it, or that nothing includes."""
    for whole in _PART_OF[name]:
        if counts.get(whole, -1) < count:
            said = counts.get(whole, "not reported")
            msg = f"{name} is {count}, but it is a part of {whole}, which is {said}"
            raise InvalidUsage(msg)


def _split(counts: Mapping[str, int]) -> tuple[tuple[str, Decimal], ...] | None:
    """The counts without overlap; None when cached audio, image or video tokens cannot be told apart."""
    split: dict[str, int] = {}
    if INPUT in counts:
        cached = _cached_modalities(counts)
        if cached is None:
            return None
        _split_input(counts, cached, split)
    if OUTPUT in counts:
        parts = {part: counts[part] for part in OUTPUT_PARTS if part in counts}
        split[OUTPUT] = _rest(OUTPUT, counts[OUTPUT], parts)
        split |= parts
    alone = [meter for meter in counts if meter in _STANDALONE]
    for meter in sorted(alone, key=_STANDALONE.__getitem__) if alone else ():
        split[meter] = counts[meter]
    return tuple((meter, Decimal(count)) for meter, count in split.items() if count)


def _split_input(counts: Mapping[str, int], cached: dict[str, int], split: dict[str, int]) -> None:
    if counts.keys().isdisjoint(_IN_INPUT):
        split[INPUT] = counts[INPUT]
        return
    read, write = counts.get(CACHE_READ, 0), counts.get(CACHE_WRITE, 0)
    kept = {name: counts[name] for name in RETENTIONS if name in counts}
    fresh = {
        modality: counts[modality] - cached.get(part, 0)
        for modality, part in INPUT_MODALITIES.items()
        if modality in counts
    }
    parts = {CACHE_READ: read, CACHE_WRITE: write, **fresh}
    split[INPUT] = _rest(INPUT, counts[INPUT], parts)
    split[CACHE_READ] = _rest(CACHE_READ, read, cached)
    split[CACHE_WRITE] = _rest(CACHE_WRITE, write, kept)
    split |= fresh | cached | kept


def _cached_modalities(counts: Mapping[str, int]) -> dict[str, int] | None:
    """How many cached tokens are audio, image, video; None when that was not said and does not follow."""
    cached: dict[str, int] = {}
    if counts.keys().isdisjoint(INPUT_MODALITIES):
        return cached
    whole, read = counts[INPUT], counts.get(CACHE_READ, 0)
    for modality, part in INPUT_MODALITIES.items():
        count = counts.get(modality, 0)
        if part in counts:
            cached[part] = counts[part]
        elif count and read:
            if whole not in (count, read):
                return None
            cached[part] = min(count, read)
    return cached


def _rest(whole: str, count: int, parts: Mapping[str, int]) -> int:
    """What of `whole` is in none of its parts."""
    rest = count - sum(parts.values())
    if rest < 0:
        listed = " + ".join(f"{name} {part}" for name, part in parts.items() if part)
        msg = f"{listed} is more than {whole} {count}, which includes them"
        raise InvalidUsage(msg)
    return rest
