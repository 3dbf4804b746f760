"""How long one priced span takes, and the ratio to genai-prices on the same usages in the same run.

Run: `python tests/bench/pricing_engine.py`. Results are checked against each other before anything is
timed. Compare numbers of one machine and one run only; there is no threshold here.
"""

from __future__ import annotations

import platform
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from genai_prices import Usage as GenaiUsage
from genai_prices import calc_price
from spantally_pricing import Cost, RateTable, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
MODELS = [
    ("openai", "gpt-6-sol"),
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-5.4-2026-03-05"),
    ("anthropic", "claude-opus-5-5"),
    ("anthropic", "claude-haiku-5-5"),
]
CONTEXTS = [{}, {}, {}, {"processing": "batch"}]
CALLS = 1000
ROUNDS = 7

Case = tuple[str, str, dict[str, int], dict[str, str]]


def cases() -> list[Case]:
    """Varied usages: with and without cache, some beyond the long-context thresholds."""
    made: list[Case] = []
    for number in range(CALLS):
        provider, model = MODELS[number % len(MODELS)]
        usage = {
            "input_tokens": 137 + number * 311 % 290_000,
            "output_tokens": 11 + number * 7 % 4000,
        }
        if number % 3 == 0:
            usage["cache_read_tokens"] = usage["input_tokens"] // 2
        made.append((provider, model, usage, CONTEXTS[number % len(CONTEXTS)]))
    return made


def microseconds(work: Callable[[], object]) -> float:
    """Of one call, in the best of several rounds over all calls."""
    work()
    best = min(_seconds(work) for _ in range(ROUNDS))
    return best / CALLS * 1e6


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Check, time, print."""
    table = RateTable.bundled()
    made = cases()
    theirs = [
        (GenaiUsage(**usage), provider, model, context) for provider, model, usage, context in made
    ]
    ours = [(Usage(usage), provider, model, context) for provider, model, usage, context in made]

    def price_all() -> list[Cost]:
        return [  # the results are Cost, as the check below shows
            table.price(u, provider=p, model=m, at=AT, context=c)  # type: ignore[misc]
            for u, p, m, c in ours
        ]

    def genai_all() -> list[object]:
        return [
            calc_price(
                u, model_ref=m, provider_id=p, genai_request_timestamp=AT, price_context=c
            ).total_price
            for u, p, m, c in theirs
        ]

    if [cost.amount for cost in price_all()] != genai_all():
        sys.exit("the two engines disagree on these usages; nothing was timed")
    lines = sum(len(cost.lines) for cost in price_all()) / CALLS
    priced = microseconds(price_all)
    built = microseconds(lambda: [Usage(usage) for _, _, usage, _ in made])
    genai = microseconds(genai_all)
    canonical = table.canonical

    def load() -> None:
        loaded = RateTable(canonical)
        for provider, model in MODELS:
            loaded.lookup(provider, model, AT)

    load_ms = min(_seconds(load) for _ in range(ROUNDS)) * 1e3
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {CALLS} usages, best of {ROUNDS}"
    )
    print(f"ours, lookup and price, {lines:.1f} lines each  {priced:7.2f} us")
    print(f"ours, reading and splitting a usage     {built:7.2f} us")
    print(f"genai-prices calc_price                 {genai:7.2f} us  ({genai / priced:.0f} x ours)")
    print(f"loading the table ({len(canonical) // 1024} KiB)             {load_ms:7.2f} ms")


if __name__ == "__main__":
    main()
