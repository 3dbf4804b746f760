"""Calls that a flat fee pays: seen, named, counted, and added to no cost."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest
import tomllib
from spantally_pricing import RateTable
from spantally_processor.attribution_file import attribution_of
from spantally_processor.dialects import read_span, views
from spantally_processor.ledger.reader import LedgerReader
from spantally_processor.otlp.lean import lean_request
from spantally_processor.pricer import Pricer
from spantally_processor.reporting.numbers import exact
from support.command import Spantally
from support.otlp import GPT_5_CALL, NOON_NS, a_call, a_request, a_span
from support.processor import Processor, running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

GPT_5 = (Decimal("1.25") * 1000 + Decimal(10) * 100) / 1_000_000
SAYS_SO = {"spantally.billing_mode": "subscription"}
RULES = """
[services.claude-code]
billing_mode = "subscription"
[services.contractor]
billing_mode = "usage"
"""
PERIOD = ("--from", "2026-11-18", "--to", "2026-11-19")


def a_seats_call(**changes: object) -> Span:
    """As Claude Code writes it: Anthropic's counts, and a cost that it worked out itself."""
    attributes = {
        "model": "claude-sonnet-4-5",
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
    }
    return a_span(attributes, name="claude_code.llm_request", **changes)


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Processor, Spantally]]:
    folder = tmp_path_factory.mktemp("subscriptions")
    rules = folder / "attribution.toml"
    rules.write_text(RULES.replace("[services", "[attribution.services"))
    with running(settings_in(folder, attribution=rules)) as running_one:
        requests = [
            a_request(
                a_seats_call(trace_id=bytes(15) + b"\1"),
                a_seats_call(trace_id=bytes(15) + b"\1"),
                scope="com.anthropic.claude_code.tracing",
                resource={"service.name": "claude-code"},
            ),
            a_request(a_call(), resource={"service.name": "shop"}),
            a_request(a_call(), resource={"service.name": "editor", **SAYS_SO}),
            a_request(
                a_span(GPT_5_CALL | {"gen_ai.provider.name": "github_copilot"}),
                resource={"service.name": "editor"},
            ),
        ]
        for request in requests:
            assert running_one.post(request.SerializeToString()).status_code == 200
        running_one.settle()
        yield running_one, Spantally(str(folder))


def test_their_rows_say_so_and_have_no_cost(processor: tuple[Processor, Spantally]) -> None:
    ledger, _ = processor

    assert ledger.rows(
        "select service, provider, pricing_status, billing_mode, count(), sum(cost), sum(list_cost),"
        " sum(tokens), sum(priced_tokens) from llm_calls group by all order by service, provider"
    ) == [
        ("claude-code", "anthropic", "subscription", "subscription", 2, None, None, 2200, 2200),
        ("editor", "github_copilot", "subscription", "subscription", 1, None, None, 1100, 1100),
        ("editor", "openai", "subscription", "subscription", 1, None, None, 1100, 1100),
        ("shop", "openai", "priced", "usage", 1, GPT_5, GPT_5, 1100, 1100),
    ]


def test_a_total_is_whole_without_them_and_names_them(
    processor: tuple[Processor, Spantally],
) -> None:
    _, spantally = processor
    printed = spantally.run("report", "--by", "service", *PERIOD)

    assert "total $0.00225" in printed
    assert "≥" not in printed
    assert "unknown" not in printed
    assert "Paid by a subscription: 4 calls; no part of its fee is in a total" in printed
    report = spantally.json("report", "--by", "service", *PERIOD)
    assert report["total"]["cost"] == exact(GPT_5)
    assert report["total"]["unpriced_calls"] == 0
    assert [(row["service"], row["calls"], row["tokens"]) for row in report["subscription"]] == [
        ("claude-code", 2, 2200),
        ("editor", 1, 1100),
        ("editor", 1, 1100),
    ]


def test_a_trace_of_nothing_else_costs_none(processor: tuple[Processor, Spantally]) -> None:
    _, spantally = processor
    printed = spantally.run("trace", "0" * 31 + "1")

    assert "total none over 2 calls" in printed
    assert printed.count("paid by a subscription") == 2
    assert "unknown" not in printed


def test_explain_says_that_a_subscription_pays_and_not_that_the_cost_is_unknown(
    processor: tuple[Processor, Spantally],
) -> None:
    ledger, spantally = processor
    ((span,),) = ledger.rows("select span_id from llm_calls where provider = 'github_copilot'")
    usage = ("--provider", "github_copilot", "--model", "gpt-5", "--usage", '{"input_tokens": 5}')
    for asked in ((span,), usage):
        lines = spantally.run("explain", *asked).splitlines()
        assert "subscription" in lines
        assert not any("unknown" in line for line in lines)


def test_the_page_names_them(processor: tuple[Processor, Spantally]) -> None:
    ledger, _ = processor
    asked = {"from": "2026-11-18", "to": "2026-11-19"}
    told = httpx.get(ledger.http + "/api/overview", params=asked, timeout=30).json()

    assert told["subscription"] == {"calls": 4, "tokens": 4400}
    assert (told["total"]["cost"]["text"], told["unpriced"]) == ("$0.00225", [])


def test_an_export_keeps_them_as_charges_without_an_amount(
    processor: tuple[Processor, Spantally],
) -> None:
    _, spantally = processor
    rows = list(csv.DictReader(io.StringIO(spantally.run("export", "--format", "focus", *PERIOD))))

    without = [row for row in rows if row["x_UnpricedReason"] == "subscription"]
    assert [(row["x_Calls"], row["BilledCost"]) for row in without] == [
        ("2", ""),
        ("1", ""),
        ("1", ""),
    ]
    assert sum(Decimal(row["BilledCost"] or 0) for row in rows) == GPT_5


@pytest.mark.parametrize(
    ("service", "resource", "is_seat"),
    [
        ("claude-code", {}, True),
        ("claude-code", {"spantally.billing_mode": "usage"}, True),  # configured wins
        ("contractor", SAYS_SO, False),
        ("shop", SAYS_SO, True),
        ("shop", {}, False),
    ],
)
def test_the_configuration_wins_over_what_a_resource_says(
    service: str, resource: dict[str, str], *, is_seat: bool
) -> None:
    rules = attribution_of(tomllib.loads(RULES))
    request = a_request(a_call(), resource={"service.name": service, **resource})
    (view,) = views(request.resource_spans, rules)
    span = read_span(view)

    assert span is not None
    assert (span.context.get("billing_mode") == "subscription") is is_seat
    status = Pricer(RateTable.bundled()).price(span).status.value
    assert status == ("subscription" if is_seat else "priced")


def test_a_mode_that_nobody_knows_is_no_price() -> None:
    resource = {"service.name": "shop", "spantally.billing_mode": "lottery"}
    (view,) = views(a_request(a_call(), resource=resource).resource_spans)
    span = read_span(view)

    assert span is not None
    priced = Pricer(RateTable.bundled()).price(span)
    assert (priced.status.value, priced.amount) == ("unpriced", None)
    assert priced.reason == "unknown_context"


def test_the_same_span_from_two_resources_is_paid_in_two_ways() -> None:
    """Spans of one form share what was learnt from the first of them, but not how they are paid."""
    reader = LedgerReader(Pricer(RateTable.bundled()))
    statuses: list[str] = []
    for _ in range(4):
        for resource in ({}, SAYS_SO):
            request = a_request(
                a_call(start_time_unix_nano=NOON_NS), resource={"service.name": "shop", **resource}
            )
            ((row,),) = reader.rows(lean_request(request.SerializeToString()))
            assert row.call is not None
            statuses.append(row.call.like.status.value)

    assert statuses == ["priced", "subscription"] * 4


def test_a_stored_call_stays_paid_as_it_was(processor: tuple[Processor, Spantally]) -> None:
    _, spantally = processor
    printed = spantally.run("reprice", *PERIOD, "--dry-run", exit_code=1)

    assert printed == "Every call costs what was booked.\n"
