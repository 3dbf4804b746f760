"""What `spantally report` says: sums to the last digit, shares to 100.0, and how certain it is."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spantally_processor.cli.report import read_report
from spantally_processor.periods import Period
from spantally_processor.reporting.as_json import report_as_json
from spantally_processor.spool import Incoming, Spool, digest_of
from spantally_processor.store.reading import open_reader
from support.ledger import (
    NOON,
    Row,
    a_call,
    a_refused_attempt,
    an_agent_span,
    an_unpriced_call,
    book,
)

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.store import Store
    from support.command import Spantally

WORKFLOWS = (
    "concierge",
    "housekeeping",
    "revenue-management",
    "feedback-summariser",
    "procurement",
    "payroll",
)

_days = itertools.count()

workflows = st.sampled_from([*WORKFLOWS, ""])
costs = st.one_of(st.none(), st.integers(0, 10**27).map(lambda units: Decimal(f"{units}e-18")))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(workflows, costs), min_size=1, max_size=12))
def test_the_workflows_sum_to_the_total_to_the_last_digit(
    store: Store, tmp_path: Path, calls: list[tuple[str, Decimal | None]]
) -> None:
    day = NOON + timedelta(days=next(_days))
    rows = [
        (an_unpriced_call if cost is None else a_call)(workflow=workflow, cost=cost, start_time=day)
        for workflow, cost in calls
    ]
    book(store, rows)
    with open_reader(f"chdb://{tmp_path}/ledger") as engine:
        period = Period(day, day + timedelta(seconds=1))
        report: Any = report_as_json(read_report(engine, period, [("workflow",)]))
    cuts = report["by"]["workflow"]
    known = [Fraction(cost) for _, cost in calls if cost is not None]
    assert sum(Fraction(cut["cost"]) for cut in cuts if cut["cost"]) == sum(known)
    assert report["total"]["cost"] is None if not known else True
    assert Fraction(report["total"]["cost"] or 0) == sum(known)
    assert report["total"]["is_lower_bound"] is (len(known) < len(calls))
    shares = [Decimal(cut["share_percent"]) for cut in cuts if cut["share_percent"] is not None]
    assert sum(shares) == (100 if sum(known) else 0)


def six_workflows() -> list[Row]:
    """A hundred dollars over the six workflows and 4 % that nobody put a name on."""
    dollars = dict(zip(WORKFLOWS, (30, 24, 18, 12, 8, 4), strict=True)) | {"": 4}
    return [
        a_call(
            workflow=workflow,
            team="guests" if workflow == "concierge" else "operations" if workflow else "",
            cost=Decimal(cost),
            tags={"region": "eu"} if workflow == "payroll" else {},
            attribution_missing=["customer"] if workflow else ["customer", "workflow"],
        )
        for workflow, cost in dollars.items()
    ]


def test_six_workflows_and_an_unattributed_row(store: Store, spantally: Spantally) -> None:
    book(store, six_workflows())
    lines = [line.split() for line in spantally.run("report", "--by", "workflow").splitlines()]
    assert lines[lines.index(["workflow", "cost", "share", "calls", "tokens"]) + 1 :][:8] == [
        ["concierge", "$30.00", "30.0", "%", "1", "110"],
        ["housekeeping", "$24.00", "24.0", "%", "1", "110"],
        ["revenue-management", "$18.00", "18.0", "%", "1", "110"],
        ["feedback-summariser", "$12.00", "12.0", "%", "1", "110"],
        ["procurement", "$8.00", "8.0", "%", "1", "110"],
        ["payroll", "$4.00", "4.0", "%", "1", "110"],
        ["unattributed", "$4.00", "4.0", "%", "1", "110"],
        ["total", "$100.00", "100.0", "%", "7", "770"],
    ]


def test_a_report_opens_with_the_top_three_and_what_is_unattributed(
    store: Store, spantally: Spantally
) -> None:
    book(store, six_workflows())
    for asked in (("report",), ("report", "--by", "workflow")):
        lines = spantally.run(*asked).splitlines()
        opening = " ".join(" ".join(lines[:8]).replace("·", " ").split())
        assert (
            "Top 3 by workflow: concierge $30.00 (30.0 %) housekeeping $24.00 (24.0 %)" in opening
        )
        assert "together 72.0 % unattributed $4.00 (4.0 %)" in opening
    top = spantally.json("report")["top"]
    assert (top["by"], top["share_percent"]) == ("workflow", "72.0")
    assert [row["cost"] for row in top["rows"]] == ["30", "24", "18"]
    assert top["unattributed"] == {"name": "unattributed", "cost": "4", "share_percent": "4.0"}


def test_what_is_unattributed_and_of_unknown_cost_opens_a_report_without_a_share(
    store: Store, spantally: Spantally
) -> None:
    book(store, [a_call(workflow="concierge"), an_unpriced_call(workflow="")])
    opening = spantally.run("report", "--by", "workflow").partition("By workflow")[0]
    assert "unattributed unknown" in opening
    assert "(0.0 %)" not in opening
    assert spantally.json("report")["top"]["unattributed"]["share_percent"] is None


def test_a_whole_page_has_one_precision(store: Store, spantally: Spantally) -> None:
    costs = (Decimal("150.128"), Decimal("1.5"), Decimal("0.0004"))
    book(store, [a_call(workflow=f"w{cost}", cost=cost) for cost in costs])
    text = spantally.run("report")
    for shown in ("total $151.63", "$150.13", "$1.50", "< $0.01"):
        assert shown in text
    assert "$0.0004" not in text


def test_a_tag_that_no_call_carries_comes_with_how_to_set_it(
    store: Store, spantally: Spantally
) -> None:
    book(store, [a_call(workflow="payroll", team="", service="", tags={"region": "eu"})])
    for hint in (
        "No call carries regoin",
        "regoin: did you mean region?",
        "calls carry region, workflow",
        '→ to set it: with spantally.attribute(regoin="…"):',
    ):
        assert hint in spantally.run("report", "--by", "regoin")
    assert "No call carries team, feature, customer" in spantally.run("report")
    assert '(**{"cost-centre": "…"}):' in spantally.run("report", "--by", "cost-centre")
    assert "No call carries" not in spantally.run("report", "--by", "workflow")
    assert "No call carries" not in spantally.run("report", "--by", "service")
    assert "somebody is named" in spantally.run("report", "--help")


def test_accepted_spans_that_wait_in_the_spool_are_told(
    store: Store, spantally: Spantally, tmp_path: Path
) -> None:
    book(store, [a_call()])
    assert spantally.json("report")["spans_waiting_in_spool"] is None
    spool = Spool(tmp_path / "spool.sqlite", destinations=["ledger", "forward"], max_bytes=10**6)
    try:
        for spans in (3, 4):
            request = Incoming(
                tenant="",
                received_ns=0,
                content_type="application/x-protobuf",
                encoding="",
                digest=digest_of(bytes([spans])),
                table_version="sha256:1",
                spans=spans,
                body=bytes([spans]),
            )
            assert spool.append(request).result()
        assert spantally.json("report")["spans_waiting_in_spool"] == 7
        assert "Not in it yet: 7 accepted spans in the spool" in spantally.run("report")
    finally:
        spool.close()
    assert spantally.json("report")["spans_waiting_in_spool"] == 7, "also while no processor runs"


def test_a_report_without_a_key_cuts_the_same_total_five_ways(
    store: Store, spantally: Spantally
) -> None:
    book(store, six_workflows())
    report = spantally.json("report")
    assert list(report["by"]) == ["workflow", "team", "feature", "customer", "model"]
    for rows in report["by"].values():
        assert sum(Decimal(row["cost"]) for row in rows) == 100 == Decimal(report["total"]["cost"])
        assert sum(Decimal(row["share_percent"]) for row in rows) == 100
    assert "100.0 % of tokens priced · 96.0 % of spend attributed" in spantally.run("report")


def test_any_tag_can_be_a_key(store: Store, spantally: Spantally) -> None:
    book(store, six_workflows())
    assert [
        (row["value"], row["cost"])
        for row in spantally.json("report", "--by", "region")["by"]["region"]
    ] == [(None, "96"), ("eu", "4")]
    assert "4.0 % of spend attributed to a region" in spantally.run("report", "--by", "region")


def test_several_keys_at_once(store: Store, spantally: Spantally) -> None:
    book(store, six_workflows())
    report = spantally.json("report", "--by", "team", "--by", "service")
    assert [(row["value"], row["cost"]) for row in report["by"]["team"]] == [
        ("operations", "66"),
        ("guests", "30"),
        (None, "4"),
    ]
    assert [(row["value"], row["cost"]) for row in report["by"]["service"]] == [("shop", "100")]


def test_requested_and_served_model_are_both_there(store: Store, spantally: Spantally) -> None:
    book(store, [a_call(request_model="gpt-5", response_model="gpt-5-2026-08-01")])
    row = spantally.json("report", "--by", "model")["by"]["model"][0]
    assert (row["provider"], row["request_model"], row["response_model"]) == (
        "openai",
        "gpt-5",
        "gpt-5-2026-08-01",
    )
    assert "openai gpt-5 → gpt-5-2026-08-01" in spantally.run("report", "--by", "model")


def test_an_unknown_model_is_unknown_and_never_zero(store: Store, spantally: Spantally) -> None:
    book(store, [an_unpriced_call(workflow="concierge", input_tokens=990)])
    report = spantally.json("report")
    assert report["total"]["cost"] is None
    assert report["total"]["tokens_priced_percent"] == "0.0"
    assert report["by"]["workflow"][0]["cost"] is None
    text = spantally.run("report")
    assert "total unknown · 0.0 % of tokens priced" in text
    assert "openai mystery-1: unknown_model · 1 call, 1,000 tokens" in text
    assert "$" not in text


def test_a_call_without_a_model_is_named_by_its_provider(
    store: Store, spantally: Spantally
) -> None:
    book(store, [an_unpriced_call(provider="openai", request_model="", response_model="")])
    assert "  openai: unknown_model · 1 call" in spantally.run("report")


def test_a_total_with_something_unknown_in_it_is_a_lower_bound(
    store: Store, spantally: Spantally
) -> None:
    tokens = {"input_tokens": 1_000_000, "output_tokens": 0}
    book(store, [a_call(cost=Decimal("12.34999"), **tokens), an_unpriced_call()])
    report = spantally.json("report", "--by", "workflow")
    assert report["total"]["is_lower_bound"]
    assert report["total"]["cost"] == "12.34999"
    text = spantally.run("report", "--by", "workflow")
    assert "total ≥ $12.3499 · 99.9 % of tokens priced" in text, "rounded down, both of them"


def test_what_is_not_billed_not_complete_or_not_counted_is_named(
    store: Store, spantally: Spantally
) -> None:
    partly = {
        "pricing_status": "partially_priced",
        "unpriced_reason": "output_tokens",
        "usage_source": "partial",
        "output_tokens": None,
        "error_type": "stream_abandoned",
    }
    counted = a_call(attribution_missing=["feature"])
    book(
        store,
        [
            counted,
            a_call(rank=1, response_id=counted["response_id"], cost=Decimal(9)),
            a_call(**partly),
            an_unpriced_call(usage_source="missing", unpriced_reason="no_usage", input_tokens=None),
            a_refused_attempt(workflow="payroll"),
            a_refused_attempt(http_status=500, error_type="server_error"),
            a_refused_attempt(http_status=200, error_type="", input_tokens=100),
            an_agent_span(trace_id=counted["trace_id"]),
        ],
    )
    report = spantally.json("report", "--by", "workflow")
    total = report["total"]
    assert (total["cost"], total["calls"], total["not_billed_attempts"]) == ("0.02", 3, 3)
    assert total["usage_reported_percent"] == "33.3"
    assert report["llm_spans"] == {"aggregate": 1, "counted": 6, "mirror": 1}
    assert report["missing_tags"] == [{"tag": "feature", "calls": 1, "cost": "0.01"}]
    assert [(row["http_status"], row["attempts"]) for row in report["not_billed"]] == [
        (200, 1),
        (429, 1),
        (500, 1),
    ]
    assert [row["usage_source"] for row in report["incomplete_usage"]] == ["partial", "missing"]
    text = spantally.run("report")
    for line in (
        "openai gpt-5: 429 rate_limit_exceeded · 1 attempt",
        "openai gpt-5: answered by a gateway's cache · 1 attempt",
        "shop, openai gpt-5-2026-08-01: partial · stream_abandoned · 1 call",
        "a lower bound, output_tokens unknown",
        "feature: on 1 call · $0.0100",
        "1 span of a call that is in another trace",
        "1 span around calls",
    ):
        assert line in text
    assert "payroll" not in text, "nothing was spent there"


def test_the_same_spans_again_change_no_total(store: Store, spantally: Spantally) -> None:
    rows = six_workflows()
    book(store, rows, token="t")
    before = spantally.json("report")
    book(store, rows, token="t")
    later = {"ingested_at": NOON + timedelta(days=1), "cost": Decimal(999)}
    book(store, [row | later for row in reversed(rows)], token="u")
    assert spantally.json("report") == before


def test_a_period_takes_its_start_and_leaves_its_end(store: Store, spantally: Spantally) -> None:
    for hour in range(4):
        book(store, [a_call(start_time=NOON + timedelta(hours=hour), cost=Decimal(10**hour))])
    noon = ("--from", "2026-11-20T13:00")
    assert spantally.json("report", *noon)["total"]["cost"] == "1110"
    assert (
        spantally.json("report", *noon, "--to", "2026-11-20T16:00+01:00")["total"]["cost"] == "110"
    )
    assert (
        spantally.json("report", "--last", "2h", "--to", "2026-11-20T14:30")["total"]["cost"]
        == "110"
    )
    assert spantally.json("report", "--to", "2026-11-20")["total"] is None


def test_nothing_found_is_exit_code_1(store: Store, spantally: Spantally) -> None:
    assert spantally.run("report", exit_code=1) == "No LLM calls in this period.\n"
    book(store, [an_agent_span(input_tokens=None, output_tokens=None)])
    spantally.run("report", exit_code=1)


def test_an_overview_shortens_its_tables_and_still_adds_up(
    store: Store, spantally: Spantally
) -> None:
    customers = [
        a_call(customer=f"guest-{number:02}", cost=Decimal(number)) for number in range(30)
    ]
    book(store, [*customers, a_call(cost=Decimal(7))])
    lines = spantally.run("report").splitlines()
    table = lines[lines.index(next(line for line in lines if line.startswith("customer"))) + 1 :][
        :8
    ]
    assert table[5].startswith("guest-24"), table
    assert table[6].split()[:4] == ["…", "24", "more", "$276.00"]
    assert table[7].split()[:2] == ["unattributed", "$7.00"]
    assert sum(Decimal(line.split("%")[0].split()[-1]) for line in table) == 100
    assert all(len(line) <= 80 for line in lines)
    whole = spantally.run("report", "--by", "customer")
    assert "more" not in whole
    assert "guest-00" in whole
