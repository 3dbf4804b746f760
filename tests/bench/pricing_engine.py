"""How long one priced call takes, beside genai-prices, LiteLLM and tokencost on the same usages in one run.

Run: `python tests/bench/pricing_engine.py`. Before anything is timed, results are checked against each other;
tokencost prices input and output only, so that it is compared on calls that have no more than these. LiteLLM
is imported with its price map from the package: nothing here touches the network.
Compare numbers of one machine and one run only; there is no threshold here.
"""

from __future__ import annotations

import gc
import logging
import os
import platform
import sys
import time
import tracemalloc
import warnings
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from genai_prices import Usage as GenaiUsage
from genai_prices import calc_price
from spantally_pricing import Cost, RateTable, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 10, 12, tzinfo=UTC)
MODELS = [
    ("openai", "gpt-6-sol", True),
    ("openai", "gpt-4o-mini", False),
    ("openai", "gpt-5.4-2026-03-05", True),
    ("anthropic", "claude-opus-5-5", True),
    ("anthropic", "claude-haiku-5-5", True),
]
"""Provider, model, and whether its batch price is the same in all tables."""
CALLS = 1000
ROUNDS = 7
OLD_MODEL = "gpt-4o-mini"
"""Known to tokencost, whose table is of 2025-09."""

CONTRACT = """
schema = "contract/1"
provider = "{}"
[[discount]]
id = "volume"
from = 2026-01-01T00:00:00Z
factor = 0.9
on = "tokens"
"""

Case = tuple[str, str, dict[str, int], dict[str, str]]


def cases() -> list[Case]:
    """Varied usages: with and without cache, some beyond the long-context thresholds, some batch."""
    made: list[Case] = []
    for number in range(CALLS):
        provider, model, agreed = MODELS[number % len(MODELS)]
        usage = {
            "input_tokens": 137 + number * 311 % 290_000,
            "output_tokens": 11 + number * 7 % 4000,
        }
        if number % 3 == 0:
            usage["cache_read_tokens"] = usage["input_tokens"] // 2
        context = {"processing": "batch"} if agreed and number % 4 == 3 else {}
        made.append((provider, model, usage, context))
    return made


def microseconds(work: Callable[[], object]) -> float:
    """Of one call, in the best of several rounds over all calls."""
    work()
    return min(seconds(work) for _ in range(ROUNDS)) / CALLS * 1e6


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(table: RateTable, made: list[Case]) -> Callable[[], list[Cost]]:
    read = [(Usage(usage), provider, model, context) for provider, model, usage, context in made]
    return lambda: [  # the results are Cost, as the check in main shows
        table.price(u, provider=p, model=m, at=AT, context=c)  # type: ignore[misc]
        for u, p, m, c in read
    ]


def genai(made: list[Case]) -> Callable[[], list[Any]]:
    read = [(GenaiUsage(**usage), provider, model, ctx) for provider, model, usage, ctx in made]
    return lambda: [
        calc_price(
            u, model_ref=m, provider_id=p, genai_request_timestamp=AT, price_context=c
        ).total_price
        for u, p, m, c in read
    ]


def litellm(made: list[Case]) -> Callable[[], list[float]]:
    """Its cost of a prebuilt usage; batch has no parameter there, so all calls are standard ones."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or importing it would fetch a price map
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    cost_per_token = import_module("litellm").cost_per_token
    types = import_module("litellm.types.utils")
    read = [
        (
            provider,
            model,
            types.Usage(
                prompt_tokens=usage["input_tokens"],
                completion_tokens=usage["output_tokens"],
                prompt_tokens_details=types.PromptTokensDetailsWrapper(
                    cached_tokens=usage.get("cache_read_tokens", 0)
                ),
            ),
        )
        for provider, model, usage, _ in made
    ]
    return lambda: [
        sum(cost_per_token(model=m, custom_llm_provider=p, usage_object=u)) for p, m, u in read
    ]


def tokencost(made: list[Case]) -> Callable[[], list[Any]]:
    """Input and output of one old model: all that its table still knows of these."""
    by_tokens = import_module("tokencost.costs").calculate_cost_by_tokens
    return lambda: [
        by_tokens(usage["input_tokens"], OLD_MODEL, "input")
        + by_tokens(usage["output_tokens"], OLD_MODEL, "output")
        for _, _, usage, _ in made
    ]


def contracted(table: RateTable) -> RateTable:
    """The table under a contract with each provider of the models."""
    providers = {provider for provider, _, _ in MODELS}
    with TemporaryDirectory() as folder:
        paths = [Path(folder, f"{provider}.toml") for provider in providers]
        for path in paths:
            path.write_text(CONTRACT.format(path.stem))
        return table.with_files(paths)


def check(name: str, priced: list[Cost], theirs: list[Any]) -> None:
    """Stop when two engines disagree by more than a float can be off."""
    pairs = zip(priced, theirs, strict=True)
    wrong = [
        (cost.amount, other)
        for cost, other in pairs
        if abs(float(cost.amount) - float(other)) > 1e-9
    ]
    if wrong:
        sys.exit(f"{name} disagrees on {len(wrong)} usages, {wrong[0]}; nothing was timed")


def memory(canonical: bytes) -> float:
    """MiB that a table takes once the benchmark's models were looked up."""
    tracemalloc.start()
    table = RateTable(bytes(bytearray(canonical)))
    for provider, model, _ in MODELS:
        table.lookup(provider, model, AT)
    used = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    return used


def main() -> None:
    """Check, time, print."""
    table = RateTable.bundled()
    made = cases()
    standard: list[Case] = [(p, m, usage, {}) for p, m, usage, _ in made]
    simple: list[Case] = [
        ("openai", OLD_MODEL, {k: v for k, v in usage.items() if k != "cache_read_tokens"}, {})
        for _, _, usage, _ in made
    ]
    runs = {
        "genai-prices calc_price": (made, genai(made)),
        "litellm cost_per_token": (standard, litellm(standard)),
        "tokencost, input and output": (simple, tokencost(simple)),
    }
    for name, (usages, run) in runs.items():
        check(name, ours(table, usages)(), run())
    price_all = ours(table, made)
    lines = sum(len(cost.lines) for cost in price_all()) / CALLS
    priced = microseconds(price_all)
    built = microseconds(lambda: [Usage(usage) for _, _, usage, _ in made])
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {CALLS} usages, best of {ROUNDS}"
    )
    print(f"{f'ours, lookup and price, {lines:.1f} lines':40}{priced:8.2f} us")
    booked = microseconds(ours(contracted(table), made))
    print(f"{'ours, the same under a contract':40}{booked:8.2f} us")
    print(f"{'ours, reading and splitting a usage':40}{built:8.2f} us")
    for name, (usages, run) in runs.items():
        theirs, same = microseconds(run), microseconds(ours(table, usages))
        print(f"{name:40}{theirs:8.2f} us  ({theirs / same:.0f} x ours on the same usages)")
    canonical = table.canonical

    def load() -> None:
        loaded = RateTable(canonical)
        for provider, model, _ in MODELS:
            loaded.lookup(provider, model, AT)

    load_ms = min(seconds(load) for _ in range(ROUNDS)) * 1e3
    size = len(canonical) // 1024
    print(
        f"{f'loading the table ({size} KiB) and two providers':48}{load_ms:.2f} ms, {memory(canonical):.1f} MiB"
    )


if __name__ == "__main__":
    main()
