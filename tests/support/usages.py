"""Hypothesis strategies for usages, and what a count or a fee costs at a published rate."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from spantally_pricing import Usage

COUNTS = st.integers(0, 400_000)


def mtok(tokens: int, usd: str) -> Decimal:
    """USD for `tokens` at a rate quoted for 1,000,000."""
    return tokens * Decimal(usd) / 1_000_000


def kcall(calls: int, usd: str) -> Decimal:
    """USD for `calls` at a fee quoted for 1,000."""
    return calls * Decimal(usd) / 1_000


@st.composite
def text_usages(draw: st.DrawFn, counts: st.SearchStrategy[int] = COUNTS) -> Usage:
    """Consistent counts of text, built from the disjoint portions up."""
    fresh, read, write, kept = (draw(counts) for _ in range(4))
    answer, thought = draw(counts), draw(counts)
    return Usage(
        {
            "input_tokens": fresh + read + write + kept,
            "cache_read_tokens": read,
            "cache_write_tokens": write + kept,
            "cache_write_1h_tokens": kept,
            "output_tokens": answer + thought,
            "reasoning_tokens": thought,
            "web_searches": draw(st.integers(0, 20)),
        }
    )


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Consistent counts of every kind, each part with the whole that includes it."""
    counts: dict[str, int] = {}
    cached: dict[str, int] = {}
    fresh = 0
    for kind in draw(st.sets(st.sampled_from(["audio", "image", "video"]))):
        cached[f"cache_read_{kind}_tokens"] = draw(COUNTS)
        counts[f"input_{kind}_tokens"] = cached[f"cache_read_{kind}_tokens"] + draw(COUNTS)
        fresh += counts[f"input_{kind}_tokens"] - cached[f"cache_read_{kind}_tokens"]
    text = draw(text_usages())
    parts = {
        f"output_{kind}_tokens": draw(COUNTS)
        for kind in draw(st.sets(st.sampled_from(["audio", "image"])))
    }
    counts |= cached | parts | dict(text)
    counts["cache_read_tokens"] += sum(cached.values())
    counts["input_tokens"] += fresh + sum(cached.values())
    counts["output_tokens"] += sum(parts.values())
    return Usage(counts)


def plus(first: Usage, second: Usage) -> Usage:
    """Both usages in one."""
    return Usage({meter: first.get(meter, 0) + second.get(meter, 0) for meter in {*first, *second}})
