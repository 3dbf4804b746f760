"""Two periods beside each other: who contributed, who drove the change, and what a call cost."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import open_store
from support.command import Spantally
from support.ledger import Row, a_call, a_refused_attempt, an_unpriced_call, book

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPLOYED = datetime(2026, 6, 15, 12, tzinfo=UTC)
TRACES = 150
"""On each side of the deployment."""


def spent(month: int, team: str, cost: str) -> Row:
    return a_call(start_time=datetime(2026, month, 10, tzinfo=UTC), team=team, cost=Decimal(cost))


def runs(side: str, at: datetime, mean: float, chance: random.Random) -> list[Row]:
    """Traces of one to six calls each; the calls of a trace are alike, so they are not independent."""
    rows: list[Row] = []
    for number in range(TRACES):
        level = chance.lognormvariate(0, 0.4) * mean / 1.0833  # the mean of that distribution
        rows += [
            a_call(
                trace_id=f"{side}{number}", start_time=at, workflow="concierge",
                cost=Decimal(round(level * 10**6)).scaleb(-6),
            )
            for _ in range(chance.randrange(1, 7))
        ]  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    chance = random.Random(20261128)  # noqa: S311 - a known data set
    before = runs("before", DEPLOYED - timedelta(days=2), 0.10, chance)
    after = runs("after", DEPLOYED + timedelta(days=2), 0.13, chance)
    same = [
        row | {"workflow": "payroll", "trace_id": f"p{row['trace_id']}", "cost": Decimal("0.05")}
        for row in (*before, *after)
    ]
    return [*before, *after, *(a_call(**row) for row in _without_ids(same))]


def _without_ids(rows: list[Row]) -> list[Row]:
    return [
        {key: value for key, value in row.items() if key not in {"span_id", "response_id", "rank"}}
        for row in rows
    ]


@pytest.fixture(scope="module")
def spantally(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> Iterator[Spantally]:
    folder: Path = tmp_path_factory.mktemp("periods")
    store = open_store(f"chdb://{folder}/ledger")
    store.migrate()
    book(store, rows)
    days = {"start_time": DEPLOYED + timedelta(days=1), "workflow": "concierge"}
    book(
        store,
        [
            *(spent(2, team, cost) for team, cost in (("a", "50"), ("b", "30"), ("c", "9"), ("", "1"))),
            *(spent(3, team, cost) for team, cost in (("b", "70"), ("a", "40"), ("d", "12"), ("", "2"))),
            an_unpriced_call(team="d", start_time=datetime(2026, 3, 11, tzinfo=UTC)),
            a_refused_attempt(**days),
        ],
    )  # fmt: skip
    book(store, [an_unpriced_call(**days, service_version="2.0.0")])
    yield Spantally(str(folder))
    store.close()


def test_contributors_have_share_rank_and_what_changed(spantally: Spantally) -> None:
    found = spantally.json("top", "--by", "team", "--period", "2026-03")
    assert [
        (row["value"], row["rank"], row["rank_before"], row["state"], row["cost"], row["change"])
        for row in found["rows"]
    ] == [
        ("b", 1, 2, "there", "70", "40"),
        ("a", 2, 1, "there", "40", "-10"),
        ("d", 3, None, "new", "12", "12"),
        (None, None, None, "there", "2", "1"),
        ("c", None, 3, "gone", "0", "-9"),
    ]
    assert sum(Decimal(row["share_percent"] or 0) for row in found["rows"]) == 100
    assert sum(Decimal(row["change"]) for row in found["rows"]) == Decimal(found["change"]) == 34
    assert (found["total"]["cost"], found["total_before"]["cost"]) == ("124", "90")
    assert (found["from"], found["before"]["from"]) == (
        "2026-03-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00",
    )  # fmt: skip


def test_who_drove_the_increase_is_said_first(spantally: Spantally) -> None:
    text = spantally.run("top", "--by", "team", "--period", "2026-03", "--sort", "change")
    said = " ".join(text.split())
    assert "total ≥ $124.00 · $90.00 before · +$34.00 (+37.8 %)" in said
    assert "rose most: b +$40.00 (75.4 % of all that rose)" in said  # 40 / (40 + 12 + 1)
    assert "fell most: a -$10.00 (52.6 % of all that fell)" in said  # 10 / (10 + 9)
    order = [row["value"] for row in spantally.json("top", "--by", "team", "--period", "2026-03",
                                                    "--sort", "change", "--count", "3")["rows"]]  # fmt: skip
    assert order == ["b", "d", "a"]


def test_top_wants_a_period(spantally: Spantally) -> None:
    assert "name a period" in spantally.run("top", exit_code=2)
    assert "in one of the two periods only" in spantally.run(
        "top", "--by", "month", "--last", "7d", exit_code=2
    )
    spantally.run("top", "--period", "2020-01", exit_code=1)


def per_trace(rows: list[Row], side: str) -> list[tuple[int, Fraction]]:
    """(calls, cost) of each trace of a side."""
    traces: dict[str, list[Fraction]] = {}
    for row in rows:
        if row["trace_id"].startswith(side):
            traces.setdefault(row["trace_id"], []).append(Fraction(row["cost"]))
    return [(len(costs), sum(costs, Fraction(0))) for costs in traces.values()]


def bootstrap(before: list[tuple[int, Fraction]], after: list[tuple[int, Fraction]]) -> list[float]:
    """The difference of the costs a call in 2,000 samples of whole traces, sorted: no formula in it."""
    chance = random.Random(7)  # noqa: S311 - a resampling
    sides = [[(calls, float(cost)) for calls, cost in side] for side in (before, after)]

    def drawn(side: list[tuple[int, float]]) -> float:
        sample = chance.choices(side, k=len(side))
        return sum(cost for _, cost in sample) / sum(calls for calls, _ in sample)

    return sorted(drawn(sides[1]) - drawn(sides[0]) for _ in range(2000))


def test_a_known_effect_is_found_and_the_interval_is_that_of_a_resampling(
    spantally: Spantally, rows: list[Row]
) -> None:
    whole = spantally.json("compare", "--at", DEPLOYED.isoformat(), "--by", "workflow")
    (concierge, payroll) = whole["rows"]
    before, after = (per_trace(rows, side) for side in ("before", "after"))
    sums = [(sum(c for c, _ in side), sum(cost for _, cost in side)) for side in (before, after)]
    assert (concierge["calls_before"], Fraction(concierge["cost_before"])) == sums[0]
    assert (concierge["calls_after"], Fraction(concierge["cost_after"])) == sums[1]
    assert (concierge["traces_before"], concierge["traces_after"]) == (TRACES, TRACES)
    change = sums[1][1] / sums[1][0] - sums[0][1] / sums[0][0]
    assert abs(Fraction(concierge["change"]) - change) < Fraction(1, 10**25)
    assert concierge["change_from"] < 0.03 < concierge["change_to"], (
        "the effect that is in the data"
    )
    assert concierge["is_clear"]
    resampled = bootstrap(before, after)
    width = concierge["change_to"] - concierge["change_from"]
    assert concierge["change_from"] == pytest.approx(resampled[50], abs=0.12 * width)
    assert concierge["change_to"] == pytest.approx(resampled[-50], abs=0.12 * width)
    assert (payroll["change"], payroll["is_clear"]) == ("0", False)


def test_calls_of_one_trace_are_not_taken_for_independent(
    spantally: Spantally, rows: list[Row]
) -> None:
    """An interval over calls would be narrower than the data allows."""
    asked = ("compare", "--at", DEPLOYED.isoformat(), "--where", "workflow=concierge")
    found = spantally.json(*asked)["whole"]
    error = 0.0
    for side in ("before", "after"):
        costs = [float(row["cost"]) for row in rows if row["trace_id"].startswith(side)]
        mean = fmean(costs)
        error += sum((cost - mean) ** 2 for cost in costs) / (len(costs) - 1) / len(costs)
    over_calls = 2 * NormalDist().inv_cdf(0.975) * error**0.5
    assert found["change_to"] - found["change_from"] > 1.3 * over_calls
    assert found["calls_left_out_after"] == 1, "the unpriced one; the refused one is no call"


def test_compare_says_what_it_did_and_what_may_be_chance(spantally: Spantally) -> None:
    text = spantally.run("compare", "--at", "2026-06-15T12:00", "--by", "workflow")
    said = " ".join(text.split())
    assert "Before and after 2026-06-15 12:00 UTC" in said
    assert "more than chance" in said
    assert "Welch's t, traces being the independent units" in said
    assert "1 call after left out: not fully priced" in said
    few = " ".join(spantally.run("compare", "--at", "2026-03-01", "--within", "4w").split())
    assert "fewer than 30 traces on a side" in few
    assert "may be chance" in few


def test_what_has_calls_on_one_side_only_is_compared_with_nothing(spantally: Spantally) -> None:
    asked = ("compare", "--within", "2w", "--at")
    text = " ".join(spantally.run(*asked, "2026-02-20", "--by", "team").split())
    assert "a call cost $22.50 before and none after" in text, "(50 + 30 + 9 + 1) / 4"
    assert "a side has no fully priced calls: nothing to compare" in text
    found = spantally.json(*asked, "2026-03-05", "--by", "team")
    assert (found["whole"]["cost_before"], found["whole"]["cost_after"]) == (None, "124")
    month = spantally.json(*asked, "2026-02-25", "--within", "4w", "--by", "team")
    sides = {row["value"]: (row["cost_before"], row["cost_after"]) for row in month["rows"]}
    assert sides["c"] == ("9", None), "gone"
    assert sides["d"] == (None, "12"), "new"
    assert [row["value"] for row in month["rows"]][:2] == ["b", "a"], "differences first"


@pytest.mark.parametrize(("within", "said"), [("4w", "28 days"), ("60h", "2 days 12 h 00 min")])
def test_a_comparison_says_how_long_each_side_is(
    spantally: Spantally, within: str, said: str
) -> None:
    text = spantally.run("compare", "--at", "2026-06-15T12:00", "--within", within)
    line = next(each for each in text.splitlines() if each.startswith("time"))
    assert line.split() == ["time", *said.split(), *said.split()]


def test_a_moment_has_a_name_by_a_file_or_by_the_version_that_the_ledger_saw(
    spantally: Spantally, tmp_path: Path
) -> None:
    file = tmp_path / "deploys.toml"
    file.write_text('new-prompt = 2026-06-15T14:00:00+02:00\n"day of it" = 2026-06-15\n')
    asked = ("compare", "--by", "workflow", "--deploys", str(file), "--at")

    def at(moment: str) -> tuple[str, str, int]:
        found = spantally.json(*asked, moment)
        return found["at"], found["from"], found["whole"]["calls_before"]

    assert at("new-prompt") == at("2026-06-15T12:00")
    assert at("day of it") == at("2026-06-15")
    assert at("shop@2.0.0") == at((DEPLOYED + timedelta(days=1)).isoformat())

    near = spantally.run(*asked, "new-promt", exit_code=2)
    assert "did you mean 'new-prompt'?" in near
    nearest_version = spantally.run(*asked, "shop@2.0.1", exit_code=2)
    assert "did you mean 'shop@2.0.0'?" in " ".join(nearest_version.split())
    file.write_text('first = "soon"\nsecond = 2\n')
    faults = spantally.run(*asked, "first", exit_code=2)
    assert "first is 'soon'" in faults
    assert "second is 2" in faults


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--at", "soon"), "'soon' is not a time"),
        (("--at", "2199-01-01"), "still to come"),
        (("--at", "2026-06-15", "--within", "x"), "not a span of time"),
        ((), "Missing option '--at'"),
    ],
)
def test_a_wrong_comparison_says_what_was_expected(
    spantally: Spantally, arguments: tuple[str, ...], said: str
) -> None:
    assert said in spantally.run("compare", *arguments, exit_code=2)
