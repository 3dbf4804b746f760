"""Calls to OpenAI priced by hand: each expected amount is derived here from the published rates.

The rates are read from the vendor's pages, cited in each group; the amounts are not copied from our own output.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.golden import BATCH, FLEX, LATE, NOV, PRIORITY, Golden, check, tokens
from support.usages import kcall, mtok

if TYPE_CHECKING:
    from spantally_pricing import RateTable

# https://developers.openai.com/api/docs/pricing (standard, batch, flex and priority tabs; read 2026-10
# through the copies that the rate file cites), https://openai.com/api-priority-processing
OPENAI = [
    Golden("gpt-6-sol", NOV, tokens(1000, 500), {}, mtok(1000, "2") + mtok(500, "10")),
    Golden(
        "gpt-6-sol", NOV, tokens(1000, 500, reasoning=400), {}, mtok(1000, "2") + mtok(500, "10")
    ),
    Golden(
        "gpt-6-sol",
        NOV,
        tokens(272_000, 5, cache_read=2000),
        {},
        mtok(270_000, "2") + mtok(2000, "0.20") + mtok(5, "10"),
    ),
    Golden(
        "gpt-6-sol",
        NOV,
        tokens(272_001, 5, cache_read=2000, cache_write=70_001),
        {},
        mtok(200_000, "4") + mtok(2000, "0.40") + mtok(70_001, "5") + mtok(5, "15"),
    ),
    Golden("gpt-6-sol", NOV, tokens(10, 10), FLEX, mtok(10, "1") + mtok(10, "5")),
    Golden("gpt-6-sol", NOV, tokens(10, 10), PRIORITY, mtok(10, "4") + mtok(10, "20")),
    Golden("gpt-6-sol", NOV, tokens(300_000, 10), PRIORITY, mtok(300_000, "8") + mtok(10, "30")),
    Golden(
        "gpt-6-sol",
        NOV,
        tokens(300_000, 10),
        {"data_residency": "eu", **BATCH},
        (mtok(300_000, "4") + mtok(10, "15")) / 2 * Decimal("1.1"),
    ),
    Golden(
        "gpt-6.2-sol",
        LATE,
        tokens(80, 8, cache_read=70),
        {},
        mtok(10, "2") + mtok(70, "0.10") + mtok(8, "10"),
    ),
    Golden(
        "gpt-6.2-sol",
        LATE,
        tokens(80, 8),
        {"service_tier": "ultrafast"},
        mtok(80, "6") + mtok(8, "30"),
    ),
    Golden(
        "gpt-6.2-sol",
        "2027-03-01T00:00:00Z",
        tokens(80, 8),
        {"service_tier": "ultrafast"},
        mtok(80, "12") + mtok(8, "60"),
    ),
    Golden(
        "gpt-6.2-sol", "2027-03-01T00:00:00Z", tokens(80, 8), BATCH, mtok(80, "1") + mtok(8, "5")
    ),
    Golden(
        "gpt-6.2-astra",
        LATE,
        tokens(300_000, 8, cache_write=1),
        {"data_residency": "us"},
        (mtok(299_999, "16") + mtok(1, "20") + mtok(8, "60")) * Decimal("1.1"),
    ),
    Golden(
        "gpt-6-astra",
        NOV,
        tokens(900, 30, cache_write=800, cache_write_12h=300),
        {},
        mtok(100, "10") + mtok(500, "12.50") + mtok(300, "25") + mtok(30, "50"),
    ),
    Golden(
        "gpt-5.6-sol",
        NOV,
        tokens(300, 0, cache_write=300, cache_write_12h=300),
        FLEX,
        mtok(300, "5"),
    ),
    Golden(
        "gpt-realtime-2.1-mini",
        NOV,
        tokens(80, 8),
        {"data_residency": "eu"},
        (mtok(80, "0.60") + mtok(8, "2.40")) * Decimal("1.1"),
    ),
    Golden(
        "gpt-image-2.6-flare",
        LATE,
        tokens(1500, 4160, input_image=1400, output_image=4160),
        {},
        mtok(100, "5") + mtok(1400, "8") + mtok(4160, "30"),
    ),
    Golden("davinci-002", NOV, tokens(80, 8), BATCH, mtok(88, "1")),
    Golden("ft:babbage-002:acme::8abc", NOV, tokens(80, 8), {}, mtok(88, "1.60")),
    Golden("gpt-6-luna", NOV, tokens(1, 1), {}, mtok(1, "0.10") + mtok(1, "0.50")),
    Golden("gpt-6-luna", NOV, tokens(1, 0, cache_read=1), FLEX, mtok(1, "0.005")),
    Golden(
        "gpt-6-astra",
        NOV,
        tokens(100, 10, cache_read=50),
        {"service_tier": "ultrafast"},
        mtok(50, "60") + mtok(50, "6") + mtok(10, "300"),
    ),
    Golden(
        "gpt-6.1-terra",
        NOV,
        tokens(900, 30, cache_write=800, cache_write_12h=300),
        {},
        mtok(100, "1") + mtok(500, "1.25") + mtok(300, "2.50") + mtok(30, "5"),
    ),
    Golden(
        "gpt-6.1-sol",
        NOV,
        tokens(900, 30, cache_read=800),
        {},
        mtok(100, "2") + mtok(800, "0.10") + mtok(30, "10"),
    ),
    Golden(
        "gpt-5.6-sol", "2026-08-20T23:59:59Z", tokens(700, 30), {}, mtok(700, "5") + mtok(30, "30")
    ),
    Golden("gpt-5.6", "2026-08-21T00:00:00Z", tokens(700, 30), {}, mtok(700, "4") + mtok(30, "20")),
    Golden("gpt-5.6-luna", "2026-07-29T23:59:59Z", tokens(70, 3), {}, mtok(70, "1") + mtok(3, "6")),
    Golden(
        "gpt-5.6-luna",
        "2026-07-30T00:00:00Z",
        tokens(70, 3),
        {},
        mtok(70, "0.20") + mtok(3, "1.20"),
    ),
    Golden("gpt-5.5", NOV, tokens(40, 2), PRIORITY, mtok(40, "12.50") + mtok(2, "75")),
    Golden("gpt-5.5", NOV, tokens(300_000, 2), PRIORITY, mtok(300_000, "10") + mtok(2, "45")),
    Golden("gpt-5.5-pro", NOV, tokens(300_000, 2), {}, mtok(300_000, "60") + mtok(2, "270")),
    Golden("gpt-5.5-pro", NOV, tokens(300_000, 2), BATCH, mtok(300_000, "15") + mtok(2, "90")),
    Golden(
        "gpt-5.4", NOV, tokens(1000, 1, cache_read=1000), FLEX, mtok(1000, "0.13") + mtok(1, "7.50")
    ),
    Golden(
        "gpt-5.4",
        NOV,
        tokens(280_000, 1, cache_read=1000),
        BATCH,
        mtok(279_000, "2.50") + mtok(1000, "0.25") + mtok(1, "11.25"),
    ),
    Golden("gpt-5.4-mini", NOV, tokens(80, 8), {}, mtok(80, "0.75") + mtok(8, "4.50")),
    Golden(
        "gpt-5",
        NOV,
        tokens(80, 8, cache_read=60),
        {"data_residency": "eu"},
        mtok(20, "1.25") + mtok(60, "0.125") + mtok(8, "10"),
    ),
    Golden("gpt-5-mini", NOV, tokens(80, 8), PRIORITY, mtok(80, "0.45") + mtok(8, "3.60")),
    Golden("gpt-5-nano-2025-08-07", NOV, tokens(80, 8), FLEX, mtok(80, "0.025") + mtok(8, "0.20")),
    Golden("o3", "2025-06-09T23:59:59Z", tokens(80, 8), {}, mtok(80, "10") + mtok(8, "40")),
    Golden("o3", "2025-06-10T00:00:00Z", tokens(80, 8), {}, mtok(80, "2") + mtok(8, "8")),
    Golden(
        "o4-mini",
        NOV,
        tokens(80, 8, cache_read=70),
        FLEX,
        mtok(10, "0.55") + mtok(70, "0.138") + mtok(8, "2.20"),
    ),
    Golden(
        "gpt-4.1",
        NOV,
        tokens(80, 8, cache_read=70),
        BATCH,
        mtok(10, "1") + mtok(70, "0.50") + mtok(8, "4"),
    ),
    Golden(
        "gpt-4.1",
        NOV,
        tokens(80, 8, web_searches=2, file_searches=4),
        {},
        mtok(80, "2") + mtok(8, "8") + kcall(2, "10") + kcall(4, "2.50"),
    ),
    Golden("gpt-4o", "2024-09-01T00:00:00Z", tokens(80, 8), {}, mtok(80, "5") + mtok(8, "15")),
    Golden("gpt-4o", NOV, tokens(80, 8), {}, mtok(80, "2.50") + mtok(8, "10")),
    Golden("gpt-4o-mini-2024-07-18", NOV, tokens(80, 8), PRIORITY, mtok(80, "0.25") + mtok(8, "1")),
    Golden(
        "ft:gpt-4o-mini-2024-07-18:acme:support:9xyz",
        NOV,
        tokens(80, 8),
        {},
        mtok(80, "0.30") + mtok(8, "1.20"),
    ),
    Golden("gpt-3.5-turbo", "2023-04-01T00:00:00Z", tokens(5, 5), {}, mtok(10, "2")),
    Golden(
        "gpt-3.5-turbo", "2025-04-01T00:00:00Z", tokens(5, 5), {}, mtok(5, "0.50") + mtok(5, "1.50")
    ),
    Golden(
        "gpt-realtime",
        NOV,
        tokens(1000, 300, input_audio=600, cache_read=500, cache_read_audio=200, output_audio=250),
        {},
        mtok(100, "4")
        + mtok(300, "0.40")
        + mtok(400, "32")
        + mtok(200, "0.40")
        + mtok(50, "16")
        + mtok(250, "64"),
    ),
    Golden(
        "gpt-audio",
        NOV,
        tokens(1000, 300, input_audio=600, output_audio=250),
        {},
        mtok(400, "2.50") + mtok(600, "32") + mtok(50, "10") + mtok(250, "64"),
    ),
    Golden(
        "gpt-image-1.5",
        NOV,
        tokens(1500, 4200, input_image=1400, output_image=4160),
        {},
        mtok(100, "5") + mtok(1400, "8") + mtok(40, "10") + mtok(4160, "32"),
    ),
    Golden("whisper-1", NOV, {"audio_seconds": 90}, {}, Decimal("0.006") * 90 / 60),
    Golden("tts-1", NOV, {"input_characters": 4096}, {}, mtok(4096, "15")),
    Golden("omni-moderation-latest", NOV, {"input_tokens": 123}, {}, Decimal(0)),
    # Row A25: 1,000,000 tokens of text-embedding-3-small are 0.02 USD, and one is not rounded away.
    Golden("text-embedding-3-small", NOV, {"input_tokens": 1_000_000}, {}, Decimal("0.020000")),
    Golden("text-embedding-3-small", NOV, {"input_tokens": 1}, {}, Decimal("0.00000002")),
    Golden("text-embedding-3-large", NOV, tokens(1, 0), BATCH, Decimal("0.000000065")),
]


@pytest.mark.parametrize("case", OPENAI, ids=[f"{n}-{case.model}" for n, case in enumerate(OPENAI)])
def test_a_call_costs_what_its_published_rates_say(table: RateTable, case: Golden) -> None:
    check(table, "openai", case)


def test_there_are_enough_golden_cases() -> None:
    assert len(OPENAI) >= 30
