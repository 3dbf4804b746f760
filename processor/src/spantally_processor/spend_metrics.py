"""Spend, tokens and coverage for Prometheus, from the roll-up by day, so that each call counts once.

Counters begin at 0 with the process: what the roll-ups had before is taken off. They only rise: where a
verdict takes a call out of the totals, the counter stands still until new spend has made up for it. What was
booked before a restart and rolled up after it is counted after it, so that restarts lose nothing. Every
processor of one ledger says the same: take the largest, not the sum.

Label sets are bounded: the ones used last are shown each for itself, all further ones together as `other`.
A set stays where it was put as long as the process lives, so that no counter falls.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from spantally_processor.store.asking import query
from spantally_processor.telemetry import Family

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from spantally_processor.store import Store
    from spantally_processor.telemetry import Labels

MAX_SETS = 200
"""Combinations of provider, model and team that are shown each for itself."""

Key: TypeAlias = tuple[str, str, str]
Number: TypeAlias = "Decimal | int | None"

OTHER: Key = ("other", "other", "other")

UPDATED = "spantally_spend_updated_timestamp_seconds"


class _Metric(NamedTuple):
    """One counter; the columns are those of `spend_counters.sql` after the labels."""

    name: str
    help_text: str
    columns: Sequence[tuple[Labels, str]]
    """Further labels, and the column that has their value."""


_COLUMNS = (
    *("cost", "attributed_cost", "input", "output", "tokens", "priced_tokens"),
    *("calls", "unpriced", "partially_priced", "not_billed", "reported"),
)

_METRICS = (
    _Metric(
        "spantally_spend_usd_total",
        "USD of calls whose cost is known; unpriced calls are not in it.",
        [((), "cost")],
    ),
    _Metric(
        "spantally_spend_attributed_usd_total",
        "USD of those that name a team, project, feature, workflow or customer.",
        [((), "attributed_cost")],
    ),
    _Metric(
        "spantally_spend_tokens_total",
        "Tokens that providers reported, by type.",
        [((("type", "input"),), "input"), ((("type", "output"),), "output")],
    ),
    _Metric(
        "spantally_spend_priced_tokens_total",
        "Tokens, of both types, that have a price.",
        [((), "priced_tokens")],
    ),
    _Metric(
        "spantally_spend_calls_total",
        "Calls by pricing: priced (or a subscription pays), partially_priced (a lower bound),"
        " unpriced (cost unknown), not_billed.",
        [((("pricing", kind),), kind) for kind in ("priced", "partially_priced", "unpriced", "not_billed")],
    ),
    _Metric(
        "spantally_spend_reported_calls_total",
        "Calls whose usage the provider reported in full.",
        [((), "reported")],
    ),
)  # fmt: skip


class SpendMetrics:
    """What one process shows. `update` and `families` may be called by different threads."""

    def __init__(self, max_sets: int = MAX_SETS) -> None:
        self._max_sets = max_sets
        self._before: dict[Key, dict[str, Number]] | None = None
        self._place: dict[Key, Key] = {}
        self._shown: dict[Key, dict[str, Number]] = {}
        self._updated_s: float | None = None

    @property
    def has_begun(self) -> bool:
        """Whether it is known what the roll-ups had before."""
        return self._before is not None

    def read(self, store: Store) -> None:
        """Brings the counters up to date; raises TransientStoreError."""
        self.update(store.rows(query("spend_counters")))

    def update(self, rows: Iterable[Sequence[object]]) -> None:
        """The same, with the rows of `spend_counters.sql`. The first time, they are what there was before."""
        now = {_key(row): _numbers(row) for row in rows}
        if self._before is None:
            self._before = now
        risen: dict[Key, dict[str, Number]] = {}
        for key in dict.fromkeys([*now, *self._place]):
            before = self._before.get(key, {})
            numbers = now.get(key) or {name: n and 0 for name, n in before.items()}
            sums = risen.setdefault(self._placed(key), {})
            for name, number in numbers.items():
                sums[name] = _sum(sums.get(name), _less(number, before.get(name)))
        shown = self._shown
        self._shown = {
            place: {name: _most(n, shown.get(place, {}).get(name)) for name, n in sums.items()}
            or shown[place]
            for place, sums in risen.items()
        }
        self._updated_s = time.time()

    def families(self) -> list[Family]:
        """The counters as they were last updated, and when that was."""
        shown = self._shown
        found: list[Family] = []
        for metric in _METRICS:
            samples: list[tuple[Labels, float]] = []
            for (provider, model, team), numbers in shown.items():
                labels = (("model", model), ("provider", provider), ("team", team))
                for further, column in metric.columns:
                    if (number := numbers.get(column)) is not None:
                        samples.append((tuple(sorted((*labels, *further))), float(number)))
            found.append(Family(metric.name, metric.help_text, "counter", samples))
        at = [] if self._updated_s is None else [((), self._updated_s)]
        help_text = "When the spend counters were last read from the roll-ups, Unix time."
        return [*found, Family(UPDATED, help_text, "gauge", at)]

    def _placed(self, key: Key) -> Key:
        if key not in self._place:
            room = len(self._place) < self._max_sets
            self._place[key] = key if room else OTHER
        return self._place[key]


def _key(row: Sequence[object]) -> Key:
    provider, model, team, *_ = row
    return str(provider), str(model), str(team)


def _numbers(row: Sequence[object]) -> dict[str, Number]:
    numbers: dict[str, Number] = dict(zip(_COLUMNS, row[3:], strict=True))  # type: ignore[arg-type]
    without = (numbers[name] or 0 for name in ("unpriced", "partially_priced"))
    return numbers | {"priced": (numbers["calls"] or 0) - sum(without)}


def _less(now: Number, before: Number) -> Number:
    return None if now is None else now - (before or 0)


def _sum(one: Number, other: Number) -> Number:
    return other if one is None else one if other is None else one + other


def _most(now: Number, shown: Number) -> Number:
    """An amount that was known stays known."""
    return shown if now is None else now if shown is None else max(now, shown)
