"""Spend for Prometheus: each call once, counters that only rise, a bounded number of them."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.ledger_options import LedgerOptions
from spantally_processor.spend_metrics import SpendMetrics
from support.otlp import a_call, a_request
from support.processor import running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.processor import Processor

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "metrics.md"
USD = "spantally_spend_usd_total"
CALLS = "spantally_spend_calls_total"
SET = 'model="gpt-5-2025-08-07",provider="openai",team="desk"'
# OpenAI, https://platform.openai.com/docs/pricing: gpt-5, USD for 1,000,000 tokens in and out.
COST = (1000 * Decimal("1.25") + 100 * Decimal(10)) / 1_000_000


def a_tagged_call(**attributes: object) -> bytes:
    known = {
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.model": "gpt-5-2025-08-07",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
        "spantally.tag.team": "desk",
    }
    return a_request(a_call(**known | attributes)).SerializeToString()


def shown(processor: Processor, name: str) -> dict[str, float]:
    """The labels of a metric's samples, with their values."""
    found = processor.metrics()
    return {
        labels.rstrip("}"): value
        for key, value in found.items()
        for metric, _, labels in [key.partition("{")]
        if metric == name
    }


def test_spend_is_counted_from_the_start_of_the_process_and_what_has_no_price_apart(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path, ledger=LedgerOptions(rollup_s=1))
    with running(settings) as processor:
        body = a_tagged_call()
        for each in (
            body,
            body,
            a_tagged_call(),
            a_tagged_call(**{"gen_ai.response.model": "x-1"}),
        ):
            processor.post(each)
        until(lambda: sum(shown(processor, CALLS).values()) == 3)
        assert shown(processor, USD) == {SET: float(2 * COST)}
        calls = shown(processor, CALLS)
        unpriced = [labels for labels, n in calls.items() if n == 1]
        assert unpriced == ['model="x-1",pricing="unpriced",provider="openai",team="desk"']
        assert shown(processor, "spantally_spend_tokens_total")[
            'model="gpt-5-2025-08-07",provider="openai",team="desk",type="input"'
        ] == 2000  # fmt: skip
    with running(settings) as processor:
        assert exposed_names(processor) == named_on_the_page()
        until(lambda: USD in processor.metrics() or shown(processor, USD))
        assert shown(processor, USD) == {SET: 0}, "since the start of this process"
        processor.post(a_tagged_call())
        until(lambda: shown(processor, USD) == {SET: float(COST)})


def exposed_names(processor: Processor) -> set[str]:
    text = httpx.get(f"{processor.http}/metrics").text
    return set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))


def named_on_the_page() -> set[str]:
    """In its tables and in its alerts."""
    return set(re.findall(r"\bspantally_\w+", PAGE.read_text()))


def rows(counts: Sequence[int]) -> list[tuple[object, ...]]:
    """What the roll-ups say when each of some models has had so many calls, of one USD each."""
    return [
        ("openai", f"model-{n}", "desk", *[Decimal(calls)] * 2, *[calls] * 5, 0, 0, 0, calls)
        for n, calls in enumerate(counts)
        if calls
    ]


STATES = st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=2, max_size=6)


@given(states=STATES)
def test_counters_never_fall_and_come_out_right_once_spend_has_made_up_for_a_verdict(
    states: list[list[int]],
) -> None:
    metrics = SpendMetrics(max_sets=3)
    seen: list[dict[str, dict[str, float]]] = []
    for counts in states:
        metrics.update(rows(counts))
        seen.append(
            {
                family.metric: {str(labels): value for labels, value in family.samples}
                for family in metrics.families()
                if family.kind == "counter"
            }
        )
    for before, after in pairwise(seen):
        for metric, values in before.items():
            assert all(after[metric][labels] >= value for labels, value in values.items())
    assert len(seen[-1][USD]) <= 4, "three sets and `other`"
    metrics.update(rows([first + 30 for first in states[0]]))
    sums = next(family.samples for family in metrics.families() if family.metric == USD)
    assert sum(value for _, value in sums) == 180
