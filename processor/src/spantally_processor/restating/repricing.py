"""A period of the ledger priced again, slice by slice, and how that differs from what was booked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.periods import Period
from spantally_processor.restating.calls import Priced, Restater, StoredCall, StoredForm
from spantally_processor.store.asking import ask, query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.pricer import Pricer
    from spantally_processor.store.engine import Engine

SLICE_CALLS = 50_000
"""Calls that are in memory at once."""


@dataclass(slots=True)
class Difference:
    """Calls of one team and model whose restated cost, status or reason is another than booked."""

    team: str
    provider: str
    model: str
    calls: int = 0
    booked: int = 0
    """The known costs, in whole 10**-18 USD."""
    restated: int = 0
    booked_unknown: int = 0
    """Calls without a cost."""
    restated_unknown: int = 0


class Slice(NamedTuple):
    """A part of the period."""

    period: Period
    calls: int


class Changed(NamedTuple):
    """A call that costs something else than booked."""

    call: StoredCall
    now: Priced


class Repricing:
    """A period of the ledger under one rate table."""

    def __init__(self, engine: Engine, pricer: Pricer, period: Period) -> None:
        self._engine = engine
        forms = ask(engine, "restate_forms", period.parameters())
        self._restater = Restater(pricer, {row[0]: StoredForm(*row[1:]) for row in forms})
        sliced = ask(engine, "restate_slices", {"size": SLICE_CALLS, **period.parameters()})
        self.slices = [Slice(Period(since, until), calls) for since, until, calls in sliced]
        self._differences: dict[tuple[str, str, str], Difference] = {}

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return sum(each.calls for each in self.slices)

    @property
    def differences(self) -> list[Difference]:
        """What was found to differ in the slices priced so far."""
        return list(self._differences.values())

    def price(self, part: Slice) -> list[Changed]:
        """Returns the calls of a slice that cost something else now, and adds up the differences."""
        changed: list[Changed] = []
        for call in _calls(self._engine, part.period):
            now = self._restater.price(call)
            if now != call.booked:
                self._add(call, now)
                changed.append(Changed(call, now))
        return changed

    def _add(self, call: StoredCall, now: Priced) -> None:
        key = (call.team, *self._restater.model_of(call))
        found = self._differences.setdefault(key, Difference(*key))
        found.calls += 1
        found.booked += call.booked.cost or 0
        found.restated += now.cost or 0
        found.booked_unknown += call.booked.is_unknown
        found.restated_unknown += now.is_unknown


def _calls(engine: Engine, period: Period) -> Iterator[StoredCall]:
    for row in engine.rows(query("restate_calls"), period.parameters()):
        status, reason, source, cost, no_cost, listed, no_listed = row[8:15]
        booked = Priced(
            status, reason, source, None if no_cost else cost, None if no_listed else listed
        )
        yield StoredCall._make((*row[:8], booked, *row[15:]))
