"""The JSON of the page: the same amounts as the report's, exact, with what is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.command import Spantally
from support.hotel_group import LAST, SHARES, SPENT, THIS, hotel_group
from support.processor import AWAY, Processor, running, settings_in

from .conftest import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

PERIODS = {
    "last": {"from": LAST.start.date().isoformat(), "to": LAST.end.date().isoformat()},
    "this": {"from": THIS.start.date().isoformat(), "to": THIS.end.date().isoformat()},
}


def ask(processor: Processor, path: str = "/api/overview", **asked: str) -> Any:
    answer = httpx.get(processor.http + path, params=asked, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def exact(part: dict[str, Any]) -> Decimal | None:
    amount = part["cost"]["exact"]
    return None if amount is None else Decimal(amount)


@pytest.mark.parametrize("quarter", PERIODS)
def test_the_quarters_cost_what_they_are_known_to(processor: Processor, quarter: str) -> None:
    told = ask(processor, **PERIODS[quarter], by="workflow")
    spent = SPENT[LAST if quarter == "last" else THIS]
    assert exact(told["total"]) == spent
    lines = {line["name"]: exact(line) for line in told["by"]["workflow"]["lines"]}
    for workflow, share in SHARES.items():
        tagged = "unattributed" if (quarter, workflow) == ("last", "payroll") else workflow
        assert lines[tagged] == spent * share / 100, workflow
    trend = [exact(point) for point in told["trend"]["points"]]
    assert sum(cost for cost in trend if cost is not None) == spent


def test_an_unknown_cost_is_unknown_wherever_it_is_shown(processor: Processor) -> None:
    told = ask(processor, **PERIODS["this"], by="team")
    unpriced = [call for call in hotel_group().calls if call.status == "unpriced"]
    assert told["total"]["cost"]["text"] == "≥ $294.00"
    nobodys = {"exact": None, "text": "unknown"}
    assert told["total"]["unattributed"]["cost"] == nobodys
    assert told["total"]["unattributed"]["calls"] == len(unpriced)
    (line,) = [line for line in told["by"]["team"]["lines"] if line["kind"] == "unattributed"]
    assert (line["cost"], line["share_percent"]) == (nobodys, None)
    assert sum(row["calls"] for row in told["unpriced"] if row["status"] == "unpriced") == len(
        unpriced
    )


def test_the_report_and_the_page_say_the_same(processor: Processor, folder: Path) -> None:
    command = Spantally(str(folder))
    period = PERIODS["this"]
    report = command.json("report", "--by", "team", "--by", "feature",
                          "--from", period["from"], "--to", period["to"])  # fmt: skip
    told = ask(processor, **period)
    assert told["total"]["cost"]["exact"] == report["total"]["cost"]
    for name in ("tokens_priced_percent", "spend_attributed_percent", "usage_reported_percent"):
        assert told["total"][name] == report["total"][name]
    for key in ("team", "feature"):
        shown = {line["name"]: line["cost"]["exact"] for line in told["by"][key]["lines"]}
        reported = {row["value"] or "unattributed": row["cost"] for row in report["by"][key]}
        assert shown == reported


def test_a_trace_is_found_by_the_beginning_of_its_id(processor: Processor) -> None:
    costliest = ask(processor, **PERIODS["this"])["traces"][0]
    found = ask(processor, f"/api/traces/{costliest['trace_id'][:12].upper()}")
    assert found["trace_id"] == costliest["trace_id"]
    assert found["cost"] == costliest["cost"]
    calls = [
        step for step in found["steps"] if step["call"] and step["call"]["verdict"] == "counted"
    ]
    assert sum(Decimal(step["cost"]["exact"]) for step in calls) == exact(found)
    assert found["steps"][0]["depth"] == 0
    assert found["steps"][0]["is_sum"]


def test_no_trace_and_several(processor: Processor) -> None:
    none = httpx.get(processor.http + "/api/traces/ffffffffffff")
    assert (none.status_code, none.json()["candidates"]) == (404, [])
    several = httpx.get(processor.http + "/api/traces/0")
    assert several.status_code == 300
    assert len(several.json()["candidates"]) == 10


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"period": "decade"}, "period: 'decade' is not a period; expected"),
        ({"from": "2026-11-01"}, "a period has a start and an end"),
        ({"from": "yesterday", "to": "today"}, "from: 'yesterday' is not a time"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "the period is empty"),
        ({"last": "7d", "period": "2026-11"}, "give period, or last"),
        ({"by": "total"}, "every report has the total"),
        ({"from": "1970-01-01", "to": "2200-01-01"}, "at most 750 days"),
    ],
)
def test_what_is_no_period_is_told_so(
    processor: Processor, asked: dict[str, str], words: str
) -> None:
    answer = httpx.get(processor.http + "/api/overview", params=asked)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    ("asked", "unit", "points"),
    [
        ({"period": "2026-07"}, "day", 31),
        ({"from": "2026-07-01", "to": "2026-07-02"}, "hour", 24),
        ({"last": "24h"}, "hour", 25),
        ({"last": "7d"}, "day", 8),
        ({}, "day", datetime.now(UTC).day),
    ],
)
def test_a_period_has_every_day_or_hour_of_it_until_now(
    processor: Processor, asked: dict[str, str], unit: str, points: int
) -> None:
    trend = ask(processor, **asked)["trend"]
    assert trend["unit"] == unit
    assert len(trend["points"]) - points in {0, 1}, "a day may have begun since"


def test_a_day_without_calls_cost_nothing_and_says_so(processor: Processor) -> None:
    told = ask(processor, **{"from": "2026-11-17", "to": "2026-11-24"}, by="team")
    first, second, *_ = told["trend"]["points"]
    assert first["cost"] == {"exact": "0", "text": "no calls"}
    assert second["calls"] == 4


def test_a_period_without_calls_has_no_total(processor: Processor) -> None:
    assert ask(processor, **{"from": "2020-01-01", "to": "2020-02-01"})["total"] is None


def test_the_page_is_anybodys_and_its_numbers_are_not(processor: Processor) -> None:
    elsewhere = {"host": "ledger.example"}
    for path in ("/", "/page/main.js", "/page/chart.js", "/page/style.css", "/page/icon.svg"):
        answer = httpx.get(processor.http + path, headers=elsewhere)
        assert answer.status_code == 200, path
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
    for path in ("/api/overview", "/api/traces/0"):
        refused = httpx.get(processor.http + path, headers=elsewhere)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert "show a reader's token" in refused.json()["error"]
        shown = elsewhere | {"authorization": f"Bearer {TOKEN}"}
        assert httpx.get(processor.http + path, headers=shown).status_code in {200, 300}
        foreign = {"origin": "https://attacker.example"}
        assert httpx.get(processor.http + path, headers=foreign).status_code == 401
    assert httpx.post(processor.http + "/", content=b"").status_code == 404
    assert httpx.get(processor.http + "/api/overview").headers["cache-control"] == "no-store"


def test_a_ledger_that_is_away_is_a_503_that_says_so(tmp_path: Path) -> None:
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        answer = httpx.get(processor.http + "/api/overview", timeout=30)
        assert answer.status_code == 503
        assert "the ledger cannot be read now" in answer.json()["error"]
