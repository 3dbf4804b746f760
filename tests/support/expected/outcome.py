"""What a span has to say about a recording."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.recordings import Recording


@dataclass
class Expected:
    """One LLM call; None where the recording does not say."""

    api: str
    """As in `spantally.api`."""
    provider: str
    """As in `gen_ai.provider.name`; of an unknown host, the host."""
    counts: dict[str, Any]
    """Every `gen_ai.usage.*` and `spantally.usage.*` attribute but the source; all of them and no other."""
    source: str
    """As in `spantally.usage.source`."""
    model: str | None = None
    response_id: str | None = None
    tier: str | None = None
    error: str | None = None
    finish_reasons: list[str] | None = None
    """Not compared when None."""
    stated_cost: str | None = None
    """In USD, a decimal; not compared when None."""
    also: dict[str, Any] = field(default_factory=dict[str, Any])
    """Further attributes that the span must have (region, speed, context size …)."""
    spans: int = 1
    """How many spans the exchange has; of several (a batch), the fields above are the last one's."""


@dataclass
class NoCall:
    """An exchange that costs nothing, so that no span must be there."""

    reason: str


def refused(recording: Recording, api: str, provider: str) -> Expected:
    """A call that the provider answered with an error status, and so does not bill."""
    body = recording.events[0] if recording.events else {}
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    top = body.get("code") if isinstance(body, dict) else None
    codes = [error.get("code"), error.get("type"), error.get("status"), top, str(recording.status)]
    code = next(c for c in codes if isinstance(c, str) and re.fullmatch(r"[\w.:\-]+", c))
    return Expected(api, provider, {}, "not_billed", error=code)
