"""Every view on the hotel group's ledger, against arithmetic over the calls that were sent."""

# ruff: noqa: S608
from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from spantally_processor.periods import Period
from spantally_processor.store.lost_tags import lost_tags
from spantally_processor.store.reading import open_reader
from support.hotel_group import LAST, PROPERTIES, SHARES, THIS, Call, a_ledger, hotel_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from spantally_processor.store.engine import Engine

Key: TypeAlias = "Callable[[Call], Any]"

CALLS = hotel_group().calls
BILLED = [call for call in CALLS if call.status != "not_billed"]
NAMING = ("team", "project", "feature", "workflow", "customer")
BOTH = "from = '2026-04-01', to = '2026-10-01'"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The group's ledger."""
    folder = tmp_path_factory.mktemp("hotel-group")
    with a_ledger(folder), open_reader(f"chdb://{folder}/ledger") as opened:
        yield opened


def grouped(calls: Iterable[Call], key: Key) -> dict[Any, list[Call]]:
    groups: dict[Any, list[Call]] = defaultdict(list)
    for call in calls:
        groups[key(call)].append(call)
    return groups


def known(calls: Iterable[Call]) -> Decimal | None:
    """The sum of the known costs of calls that were billed."""
    costs = [c.cost for c in calls if c.cost is not None and c.status != "not_billed"]
    return sum(costs, Decimal(0)) if costs else None


def tokens(calls: Iterable[Call]) -> int:
    return sum((call.tokens_in or 0) + (call.tokens_out or 0) for call in calls)


def tag(name: str) -> Key:
    return lambda call: call.tags.get(name, "unattributed")


def spend(calls: list[Call]) -> tuple[Any, ...]:
    """What a row of spend_by says of its calls."""
    statuses = Counter(call.status for call in calls)
    return (
        known(calls),
        len(calls) - statuses["not_billed"],
        statuses["unpriced"],
        statuses["partially_priced"],
        statuses["not_billed"],
        statuses["priced"] + statuses["unpriced"],
        tokens(calls),
        tokens(call for call in calls if call.status != "unpriced"),
        tokens(call for call in calls if any(name in call.tags for name in NAMING)),
    )


SPEND = """cost, calls, unpriced_calls, partially_priced_calls, not_billed_attempts, reported_calls,
    tokens, priced_tokens, attributed_tokens"""

DIMENSIONS: dict[str, Key] = {
    "feature": tag("feature"),
    "team": tag("team"),
    "customer": tag("customer"),
    "workflow": tag("workflow"),
    "property": tag("property"),
    "outcome": tag("outcome"),
    "tags.key_brand": tag("brand"),
    "service": lambda call: call.service,
    "service_version": lambda call: call.version,
}


def test_every_call_is_booked_once_at_its_published_price(engine: Engine) -> None:
    booked = engine.rows("select span_id, pricing_status, cost, tokens from llm_calls")
    assert sorted(map(tuple, booked)) == sorted(
        (call.span, call.status, call.cost, tokens([call])) for call in CALLS
    )


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_spend_by_any_dimension_and_day(engine: Engine, dimension: str) -> None:
    key = DIMENSIONS[dimension]
    expected = {
        day_and_value: spend(calls)
        for day_and_value, calls in grouped(CALLS, lambda c: (c.at.date(), key(c))).items()
    }
    source = f"spend_by(dimension = '{dimension}')"
    rows = engine.rows(f"select day, value, {SPEND} from {source}")
    assert {(day, value): tuple(row) for day, value, *row in rows} == expected


@pytest.mark.parametrize("name", ["feature", "team", "customer", "workflow"])
def test_the_named_views_say_the_same(engine: Engine, name: str) -> None:
    rows = engine.rows(f"select {name}, sum(cost), sum(calls) from spend_by_{name} group by {name}")
    expected = {
        value: (known(calls), sum(call.status != "not_billed" for call in calls))
        for value, calls in grouped(CALLS, tag(name)).items()
    }
    assert {value: tuple(row) for value, *row in rows} == expected


def test_model_service_and_owner_are_three_cuts_of_one_total(engine: Engine) -> None:
    models = engine.rows(
        "select provider, request_model, response_model, sum(cost), sum(calls), sum(priced_tokens)"
        " from spend_by_model group by all"
    )
    groups = grouped(CALLS, lambda call: (call.provider, call.model, call.served))
    assert {(row[0], *row[1:3]): row[3] for row in models if row[1] != "house-embedder-1"} == {
        key: known(calls) for key, calls in groups.items() if key[1] != "house-embedder-1"
    }
    totals = {
        tuple(engine.rows(f"select sum(cost), sum(calls), sum(priced_tokens) from {source}")[0])
        for source in ("spend_by_model", "spend_by(dimension = 'service')", "spend_by_team")
    }
    assert totals == {(Decimal(494), len(BILLED), spend(list(CALLS))[7])}


def test_who_drove_the_increase(engine: Engine) -> None:
    rows = engine.rows(
        "select value, cost, cost_before, change, share, calls from spend_change(dimension = 'workflow',"
        " before = '2026-04-01', from = '2026-07-01', to = '2026-10-01') order by rank"
    )
    names = [*SHARES, "unattributed"]
    assert [row[0] for row in rows] == names
    now, before = (grouped(hotel_group().of(each), tag("workflow")) for each in (THIS, LAST))
    for name, cost, cost_before, change, share, calls in rows:
        assert (cost, cost_before) == (known(now[name]), known(before[name]))
        assert calls == spend(now[name])[1]
        if name == "unattributed":
            assert (cost, share, change) == (None, None, None)
        else:
            assert change == (cost or 0) - (cost_before or 0)
            assert share == pytest.approx(float(SHARES[name] / 100))


def test_property_by_workflow_is_24_times_6_cells_in_one_query(engine: Engine) -> None:
    rows = engine.rows(
        "select property, workflow, sum(cost) from llm_calls_between(from = '2026-07-01', to = '2026-10-01')"
        " where property != '' group by property, workflow"
    )
    assert len(rows) == len(PROPERTIES) * len(SHARES) == 144
    expected = grouped(
        hotel_group().of(THIS), lambda c: (c.tags.get("property"), c.tags.get("workflow"))
    )
    assert {(row[0], row[1]): row[2] for row in rows} == {
        cell: known(calls) for cell, calls in expected.items() if cell[0]
    }


def test_runs_and_what_they_cost(engine: Engine) -> None:
    runs = {run: calls for run, calls in grouped(BILLED, lambda call: call.trace).items()}
    rows = engine.rows(
        f"select trace_id, cost, calls, loops, first_call_cost from agent_cost({BOTH})"
    )
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        run: (
            known(calls),
            len(calls),
            max(Counter((call.service, call.served) for call in calls).values()),
            min(calls, key=lambda call: call.at).cost,
        )
        for run, calls in runs.items()
    }
    by_workflow = grouped((calls[0] for calls in runs.values()), tag("workflow"))
    distribution = engine.rows(
        f"select workflow, p50, p95, max, runs, unpriced_runs"
        f" from action_cost_distribution({BOTH}, every = 'year')"
    )
    assert len(distribution) == len(by_workflow) == 7
    for workflow, p50, p95, most, count, unpriced in distribution:
        costs = [known(runs[first.trace]) for first in by_workflow[workflow]]
        ordered = sorted(cost for cost in costs if cost is not None)
        assert (count, unpriced) == (len(costs), costs.count(None))
        at = [ordered[int(Fraction(level) * len(ordered))] for level in ("1/2", "19/20")]
        assert (p50, p95, most) == (*at, ordered[-1])
    loops = engine.rows(
        f"select workflow, runs, calls, most_calls from loop_count({BOTH}, every = 'year')"
    )
    lengths = {
        workflow: [len(runs[first.trace]) for first in firsts]
        for workflow, firsts in by_workflow.items()
    }
    assert {row[0]: tuple(row[1:]) for row in loops} == {
        workflow: (len(each), sum(each), max(each)) for workflow, each in lengths.items()
    }
    assert max(lengths["revenue-management"]) == 36


def test_prompts_of_a_run_in_their_order(engine: Engine) -> None:
    rows = engine.rows(f"select trace_id, service, model, inputs from trace_growth({BOTH})")
    threads = grouped(
        (call for call in BILLED if call.tokens_in is not None),
        lambda call: (call.trace, call.service, call.served),
    )
    assert {tuple(row[:3]): list(row[3]) for row in rows} == {
        thread: [call.tokens_in for call in sorted(calls, key=lambda call: call.at)]
        for thread, calls in threads.items()
        if len(calls) >= 3
    }


def test_the_release_shows_as_a_step_in_tokens_a_call(engine: Engine) -> None:
    rows = engine.rows(
        "select service_version, sum(input_tokens), sum(cache_read_tokens), sum(output_tokens), sum(calls)"
        " from token_trends where service = 'concierge' group by service_version order by service_version"
    )
    concierge = grouped((c for c in BILLED if c.service == "concierge"), lambda call: call.version)
    assert [tuple(row) for row in rows] == [
        (
            version,
            sum(call.tokens_in or 0 for call in concierge[version]),
            sum(call.cache_read or 0 for call in concierge[version]),
            sum(call.tokens_out or 0 for call in concierge[version]),
            len(concierge[version]),
        )
        for version in ("1.4.0", "2.0.0")
    ]
    before, after = (row[1] / row[4] for row in rows)
    assert after > 1.3 * before
    first = dict(engine.rows("select (service, service_version), first_call from deployments"))
    released = min(call.at for call in concierge["2.0.0"])
    assert first["concierge", "2.0.0"] == released.replace(tzinfo=None)


def test_what_the_cache_served_and_what_went_to_expensive_models(engine: Engine) -> None:
    rows = engine.rows(
        "select workflow, sum(cache_read_tokens), sum(input_tokens), sum(calls), sum(silent_calls)"
        " from cache_hit_rate group by workflow"
    )
    expected: dict[str, tuple[Any, ...]] = {}
    for workflow, calls in grouped(BILLED, tag("workflow")).items():
        says = [call for call in calls if call.cache_read is not None]
        expected[workflow] = (
            sum(call.cache_read or 0 for call in says),
            sum(call.tokens_in or 0 for call in says),
            len(says),
            len(calls) - len(says),
        )
    assert {row[0]: tuple(row[1:]) for row in rows} == expected
    rows = engine.rows(
        "select workflow, sum(escalated_calls), sum(escalated_cost) from escalation_rate(expensive_from = 20)"
        " group by workflow having sum(escalated_calls) > 0"
    )
    opus = [
        call for call in BILLED if call.model == "claude-opus-4-5"
    ]  # 25 USD a million, the only one
    assert [tuple(row) for row in rows] == [("procurement", len(opus), known(opus))]


def test_coverage_is_known_to_the_call(engine: Engine) -> None:
    rows = engine.rows(
        "select service, sum(calls), sum(reported_calls), sum(partial_calls), sum(not_billed_attempts)"
        " from usage_coverage group by service"
    )
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        service: (spend(calls)[1], spend(calls)[5], spend(calls)[3], spend(calls)[4])
        for service, calls in grouped(CALLS, lambda call: call.service).items()
    }
    rows = engine.rows(
        "select response_model, pricing_status, sum(calls), sum(tokens), sum(unpriced_tokens)"
        " from unpriced_models group by all order by all"
    )
    cut = [call for call in CALLS if call.status == "partially_priced"]
    dark = [call for call in CALLS if call.status == "unpriced"]
    assert [tuple(row) for row in rows] == [
        (cut[0].served, "partially_priced", len(cut), tokens(cut), 0),
        (dark[0].served, "unpriced", len(dark), tokens(dark), tokens(dark)),
    ]


def test_who_is_to_blame_for_what_names_nobody(engine: Engine) -> None:
    rows = engine.rows(
        "select service, sum(unattributed_cost), sum(unattributed_calls), sum(unattributed_unpriced_calls)"
        " from unattributed_share group by service having sum(unattributed_calls) > 0 order by service"
    )
    assert [tuple(row) for row in rows] == [
        ("indexer", None, 60, 60),
        ("payroll", Decimal(8), sum(not call.tags for call in BILLED) - 60, 0),
    ]


def test_the_lost_tag_is_found_by_the_view_and_the_command(engine: Engine) -> None:
    rows = engine.rows(f"select * except tenant from tag_loss_points({BOTH})")
    behind = [call for call in BILLED if call.service == "room-offers"]
    assert [tuple(row) for row in rows] == [
        ("customer", "service", "concierge", "POST /offers", "room-offers", "/offers",
         len(behind), known(behind), 0),
    ]  # fmt: skip
    (loss,) = lost_tags(engine, Period(LAST.start, THIS.end))
    tag_, kind, above_service, above_span, below_service, below_span, calls, cost, _ = rows[0]
    assert loss.boundary == (
        tag_, f"{above_service}: {above_span}", f"{below_service}: {below_span}", kind,
    )  # fmt: skip
    assert (loss.calls, loss.known_cost) == (calls, cost)


def test_flat_events_and_lags_have_every_span(engine: Engine) -> None:
    rows = engine.rows("select service_name, count(), sum(in), sum(out), sum(latency_ms) from llm_events_flat"
                       " group by service_name")  # fmt: skip
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        service: (
            len(calls),
            sum(call.tokens_in or 0 for call in calls),
            sum(call.tokens_out or 0 for call in calls),
            pytest.approx(sum(call.duration_us for call in calls) / 1000),
        )
        for service, calls in grouped(CALLS, lambda call: call.service).items()
    }
    ((spans, late),) = engine.rows("select sum(spans), sum(late_spans) from ingest_lag")
    wrappers = sum(step.name.startswith("invoke_agent") for step in hotel_group().steps)
    assert spans == late == len(CALLS) + wrappers


DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reference" / "views.md"
ANSWERED = [PAGE, DOCS / "for-analysts.md", DOCS / "for-finance.md"]
SHOWN = re.compile(r"(```sql\n([^`]*)```\n\n)((?:\|[^\n]*\n)+)")


@pytest.mark.parametrize("file", ANSWERED, ids=lambda path: path.stem)
def test_a_page_shows_what_its_queries_answer(engine: Engine, file: Path) -> None:
    """`UPDATE_VIEWS=1` writes the present answers into it."""

    def answered(shown: re.Match[str]) -> str:
        return shown[1] + engine._client.raw_query(shown[2], fmt="Markdown").decode()

    page = file.read_text()
    answers = SHOWN.sub(answered, page)
    if os.environ.get("UPDATE_VIEWS"):
        file.write_text(answers)
    assert answers == page
    assert page.count("```sql") == len(SHOWN.findall(page))


def test_the_page_of_views_names_every_view(engine: Engine) -> None:
    views = [
        row[0]
        for row in engine.rows(
            "select name from system.tables where database = currentDatabase() and engine = 'View'"
        )
    ]
    of_imports = {"llm_outcomes_now", "llm_plans_now", "llm_revenue_now"}
    assert [view for view in views if view not in PAGE.read_text() and view not in of_imports] == []
