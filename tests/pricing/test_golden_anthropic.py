"""Calls to Anthropic priced by hand: each expected amount is derived here from the published rates.

The rates are read from the vendor's pages, cited in each group; the amounts are not copied from our own output.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.golden import BATCH, NOV, Golden, check, tokens
from support.usages import kcall, mtok

if TYPE_CHECKING:
    from spantally_pricing import RateTable

# https://platform.claude.com/docs/en/about-claude/pricing
# and .../build-with-claude/batch-processing, .../fast-mode, .../data-residency (read 2026-11)
ANTHROPIC = [
    Golden("claude-opus-5-5", NOV, tokens(1000, 500), {}, mtok(1000, "4") + mtok(500, "20")),
    Golden(
        "claude-opus-5-5",
        NOV,
        tokens(9000, 1, cache_read=8000),
        {},
        mtok(1000, "4") + mtok(8000, "0.20") + mtok(1, "20"),
    ),
    Golden(
        "claude-opus-5-5",
        NOV,
        tokens(9000, 10, cache_write=7000),
        {},
        mtok(2000, "4") + mtok(7000, "5") + mtok(10, "20"),
    ),
    Golden(
        "claude-opus-5-5",
        NOV,
        tokens(9000, 10, cache_write=7000, cache_write_1h=3000),
        {},
        mtok(2000, "4") + mtok(4000, "5") + mtok(3000, "8") + mtok(10, "20"),
    ),
    Golden("claude-opus-5-5", NOV, tokens(500_000, 100), {}, mtok(500_000, "4") + mtok(100, "20")),
    Golden(
        "claude-opus-5-5",
        NOV,
        tokens(1000, 500),
        {"speed": "fast"},
        mtok(1000, "8") + mtok(500, "40"),
    ),
    Golden(
        "claude-opus-5-5",
        NOV,
        tokens(3000, 0, cache_read=1000, cache_write=1000),
        BATCH,
        (mtok(1000, "4") + mtok(1000, "0.20") + mtok(1000, "5")) / 2,
    ),
    Golden(
        "claude-opus-5-5",
        NOV,
        tokens(777, 333, cache_read=111),
        {"inference_geo": "us", **BATCH},
        (mtok(666, "4") + mtok(111, "0.20") + mtok(333, "20")) / 2 * Decimal("1.1"),
    ),
    Golden("claude-opus-5", NOV, tokens(321, 123), {}, mtok(321, "5") + mtok(123, "25")),
    Golden(
        "claude-opus-5",
        NOV,
        tokens(321, 123, web_searches=3),
        {"inference_geo": "us"},
        (mtok(321, "5") + mtok(123, "25")) * Decimal("1.1") + kcall(3, "10"),
    ),
    Golden("claude-opus-5", NOV, tokens(99, 9, web_fetches=4), {}, mtok(99, "5") + mtok(9, "25")),
    Golden("claude-opus-5-20260724", NOV, tokens(10, 10), {}, mtok(10, "5") + mtok(10, "25")),
    Golden(
        "claude-opus-4-8", NOV, tokens(10, 10), {"speed": "fast"}, mtok(10, "10") + mtok(10, "50")
    ),
    Golden(
        "claude-opus-4-6",
        "2026-04-01T00:00:00Z",
        tokens(10, 10),
        {"speed": "fast"},
        mtok(10, "30") + mtok(10, "150"),
    ),
    Golden(
        "claude-opus-4-6",
        "2026-03-12T23:59:59Z",
        tokens(200_001, 100, cache_read=100_000),
        {},
        mtok(100_001, "10") + mtok(100_000, "1") + mtok(100, "37.50"),
    ),
    Golden(
        "claude-opus-4-6",
        "2026-03-12T23:59:59Z",
        tokens(200_001, 100),
        BATCH,
        (mtok(200_001, "10") + mtok(100, "37.50")) / 2,
    ),
    Golden(
        "claude-opus-4-6",
        "2026-03-13T00:00:00Z",
        tokens(200_001, 100),
        {},
        mtok(200_001, "5") + mtok(100, "25"),
    ),
    Golden("claude-opus-4-5-20251101", NOV, tokens(7, 3), {}, mtok(7, "5") + mtok(3, "25")),
    Golden(
        "claude-opus-4-1",
        "2025-09-05T18:00:00Z",
        tokens(7000, 3000),
        {},
        mtok(7000, "15") + mtok(3000, "75"),
    ),
    Golden(
        "claude-sonnet-5-5",
        "2026-10-01T00:00:00Z",
        tokens(5000, 40, cache_read=4000),
        {},
        mtok(1000, "2") + mtok(4000, "0.20") + mtok(40, "10"),
    ),
    Golden(
        "claude-sonnet-5-5",
        NOV,
        tokens(5000, 40, cache_read=4000),
        {},
        mtok(1000, "2") + mtok(4000, "0.10") + mtok(40, "10"),
    ),
    Golden("claude-sonnet-5", NOV, tokens(50, 40), {}, mtok(50, "2") + mtok(40, "10")),
    Golden("claude-sonnet-4-6", NOV, tokens(300_000, 40), {}, mtok(300_000, "3") + mtok(40, "15")),
    Golden(
        "claude-sonnet-4-5",
        "2026-02-01T00:00:00Z",
        tokens(200_000, 40),
        {},
        mtok(200_000, "3") + mtok(40, "15"),
    ),
    Golden(
        "claude-sonnet-4-5-20250929",
        "2026-02-01T00:00:00Z",
        tokens(250_000, 40),
        {},
        mtok(250_000, "6") + mtok(40, "22.50"),
    ),
    Golden(
        "claude-haiku-5-5", NOV, tokens(100_000, 9), {}, mtok(100_000, "0.10") + mtok(9, "0.50")
    ),
    Golden(
        "claude-haiku-5-5",
        NOV,
        tokens(100_001, 9, cache_read=90_000, cache_write=10_000),
        {},
        mtok(1, "0.50") + mtok(90_000, "0.05") + mtok(10_000, "0.625") + mtok(9, "2.50"),
    ),
    Golden(
        "claude-haiku-5-5",
        NOV,
        tokens(100_001, 9),
        BATCH,
        (mtok(100_001, "0.50") + mtok(9, "2.50")) / 2,
    ),
    Golden(
        "claude-haiku-4-5",
        NOV,
        tokens(4000, 20, cache_read=4000),
        {},
        mtok(4000, "0.10") + mtok(20, "5"),
    ),
    Golden(
        "claude-fable-5-1",
        NOV,
        tokens(4000, 20, cache_read=4000),
        {},
        mtok(4000, "0.25") + mtok(20, "50"),
    ),
    Golden("claude-fable-5-2", NOV, tokens(40, 20), {}, mtok(40, "8") + mtok(20, "40")),
    Golden(
        "claude-3-haiku-20240307",
        "2026-01-01T00:00:00Z",
        tokens(4000, 20, cache_write=1000),
        {},
        mtok(3000, "0.25") + mtok(1000, "0.30") + mtok(20, "1.25"),
    ),
    Golden(
        "claude-3-5-haiku-20241022",
        "2025-09-05T00:00:00Z",
        tokens(4000, 20),
        {},
        mtok(4000, "0.80") + mtok(20, "4"),
    ),
]


@pytest.mark.parametrize(
    "case", ANTHROPIC, ids=[f"{n}-{case.model}" for n, case in enumerate(ANTHROPIC)]
)
def test_a_call_costs_what_its_published_rates_say(table: RateTable, case: Golden) -> None:
    check(table, "anthropic", case)


def test_there_are_enough_golden_cases() -> None:
    assert len(ANTHROPIC) >= 30
