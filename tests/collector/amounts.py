"""What a call cost, by the id of its response: by published rates, in the ledger, in Jaeger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
from spantally_processor.store.reading import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from support.standin import Exchange

INPUT, CACHED, OUTPUT = Decimal("0.15"), Decimal("0.075"), Decimal("0.60")
"""USD a million tokens of gpt-4o-mini: https://openai.com/api/pricing, 2026-11."""

Amounts = dict[str, Decimal | None]


def published(exchanges: Iterable[Exchange]) -> Amounts:
    """From the usage that the provider sent and its published rates."""
    return {exchange.id: _price(exchange.usage) for exchange in exchanges}


def _price(usage: dict[str, Any]) -> Decimal:
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    fresh = usage["prompt_tokens"] - cached
    return (fresh * INPUT + cached * CACHED + usage["completion_tokens"] * OUTPUT) / 1_000_000


def in_ledger(ledger: str) -> Amounts:
    """From the view of calls of a ledger, by its URL; raises AssertionError when a response is there twice."""
    with open_reader(ledger) as engine:
        rows = list(engine.rows("select response_id, cost from llm_calls"))
    assert len({response for response, _ in rows}) == len(rows), "a response counts twice"
    return dict(rows)


@dataclass
class Shown:
    """What a tracing back end shows."""

    amounts: Amounts = field(default_factory=dict)
    """Of the spans of calls."""
    spans: int = 0
    """All, of calls or not."""
    repeated: int = 0
    """Spans that are there more than once."""


def in_jaeger(api: str, traces: Sequence[str]) -> Shown:
    """From the traces that Jaeger's API returns; those that it does not have are left out."""
    shown = Shown()
    with httpx.Client(base_url=api, timeout=10) as client:
        for trace in traces:
            answer = client.get(f"/api/traces/{trace}")
            spans = answer.json()["data"][0]["spans"] if answer.is_success else []
            times = Counter(span["spanID"] for span in spans)
            shown.spans += len(times)
            shown.repeated += times.total() - len(times)
            for span in spans:
                tags = {tag["key"]: tag["value"] for tag in span["tags"]}
                if response := tags.get("gen_ai.response.id"):
                    cost = tags.get("spantally.cost.amount")
                    shown.amounts[response] = None if cost is None else Decimal(cost)
    return shown
