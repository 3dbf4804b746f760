"""Waiting for what must come true once everything is up again."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
from collector.amounts import Amounts, Shown, in_jaeger, in_ledger, published
from spantally_processor.store.errors import StoreError
from stage.checks import Check, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from support.standin import StandIn

PATIENCE_S = 120
"""Retries back off to ten seconds in a Collector and longer in the processor."""
SPANS_A_TRACE = 5
"""Of `app.py`: the guest, two calls, and the HTTP request of each."""


def eventually(claim: str, finding: Callable[[], tuple[bool, str]]) -> Check:
    """Asks until it holds, or for as long as patience lasts."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            holds, detail = finding()
        except (AssertionError, StoreError, httpx.TransportError) as error:
            holds, detail = False, f"{type(error).__name__}: {error}"
        if holds or time.monotonic() > end:
            return Check(claim, holds, detail)
        time.sleep(0.5)


def agree(claim: str, standin: StandIn, ledger: str, api: str, traces: Sequence[str]) -> Check:
    """Every provider response is in the ledger and in Jaeger, at its published price to the digit."""

    def finding() -> tuple[bool, str]:
        wanted = published(standin.exchanges())
        booked, shown = in_ledger(ledger), in_jaeger(api, traces)
        whole = shown.spans == SPANS_A_TRACE * len(traces)
        return wanted == booked == shown.amounts and whole, described(wanted, booked, shown)

    return eventually(claim, finding)


def described(wanted: Amounts, booked: Amounts, shown: Shown | None = None) -> str:
    """The counts and sums, side by side."""
    text = (
        f"{len(wanted)} responses, {total(wanted)} USD; ledger {len(booked)}, {total(booked)} USD"
    )
    if shown is None:
        return text
    text += f"; Jaeger {len(shown.amounts)}, {total(shown.amounts)} USD, {shown.spans} spans"
    return text + (f", {shown.repeated} of them twice" if shown.repeated else "")


def total(amounts: Amounts) -> str:
    """Of those that are known."""
    return plain(sum((cost for cost in amounts.values() if cost is not None), Decimal()))
