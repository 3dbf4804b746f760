"""What a provider says it charged is what the table computes, or the difference has a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spantally_pricing import Cost, InvalidUsage, RateTable, Usage
from support.recordings import FOLDER, Recording, all_recordings
from support.stated_costs import Stated, stated

if TYPE_CHECKING:
    from decimal import Decimal

RECORDINGS = [
    (recording, claim) for recording in all_recordings() if (claim := stated(recording)) is not None
]
PARTS = 3
"""Parts of a charge that are rounded one by one: input, output, request."""


def computed(claim: Stated) -> Decimal | None:
    """What our table says; None where it has no full answer."""
    try:
        usage = Usage(claim.usage)
    except InvalidUsage:
        return None
    cost = RateTable.bundled().price(
        usage, provider=claim.provider, model=claim.model, at=claim.at, context=claim.context
    )
    return cost.amount if isinstance(cost, Cost) and not cost.missing else None


def why_it_may_differ(claim: Stated) -> str:
    """The kinds of recordings whose charge is not list price times usage."""
    if claim.provider == "openrouter":
        return (
            "OpenRouter charges what the route that it took costs, plugin fees included, and publishes "
            "no past prices; its stated charge is the one to book"
        )
    reasoning = claim.usage.get("reasoning_tokens", 0)
    if claim.provider == "openai" and reasoning and claim.is_gateways_own_arithmetic:
        return "the gateway adds reasoning to a completion count that has it already"
    return ""


@pytest.mark.skipif(not RECORDINGS, reason=f"no recordings at {FOLDER} (SPANTALLY_RECORDINGS)")
@pytest.mark.parametrize(("recording", "claim"), RECORDINGS, ids=lambda x: getattr(x, "name", ""))
def test_the_stated_cost_is_the_computed_one(recording: Recording, claim: Stated) -> None:
    ours = computed(claim)
    if ours is not None and abs(ours - claim.cost) <= claim.step * PARTS:
        return
    reason = why_it_may_differ(claim)
    assert reason, f"{recording.name}: stated {claim.cost}, computed {ours}, {claim}"


def test_the_exceptions_do_not_hide_that_most_recordings_agree() -> None:
    if not RECORDINGS:
        pytest.skip(f"no recordings at {FOLDER} (SPANTALLY_RECORDINGS)")
    elsewhere = [claim for _, claim in RECORDINGS if not why_it_may_differ(claim)]
    assert len(elsewhere) > len(RECORDINGS) / 2
