"""Whether an emitter's `input_tokens` contain the cached ones, and counts made inclusive either way.

Anthropic's and Bedrock's own numbers leave cached tokens out of the input, everybody else's have them
inside. Some emitters add them up, some do not, and a table of emitters (`Emitter.cached`) comes before
any evidence, because small caches leave none. Where nothing tells, the counts are refused: a guess
would be wrong by the cached tokens, up to ten times the cost.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Cached(Enum):
    """Where an emitter's cached tokens are."""

    INSIDE = "inside"
    """In `input_tokens`."""
    BESIDE = "beside"
    """Not in `input_tokens`: the input is the sum."""
    AS_PROVIDER = "as_provider"
    """Where the provider's own numbers have them."""
    UNSAID = "unsaid"
    """Nobody knows of this emitter: only the counts can tell."""


class UnclearCounts(ValueError):
    """The counts do not tell whether the cached tokens are in the input."""


_OPENAIS_FORM = ("openai", "azure.ai.openai", "azure.ai.inference", "openrouter")
"""Whoever was called as OpenAI is, answered as OpenAI does, whatever the model."""


def leaves_cached_out(provider: str, model: str) -> bool:
    """Whether the provider's own input count has no cached tokens in it (API references, 2026-11)."""
    if provider in ("anthropic", "aws.bedrock"):
        return True
    return "claude" in model.lower() and provider not in _OPENAIS_FORM


def inclusive(
    counts: Mapping[str, int], cached: Cached, *, leaves_out: bool, total: int | None
) -> Mapping[str, int]:
    """Returns the counts with cached tokens in the input and reasoning in the output; raises UnclearCounts.

    `leaves_out` says it of the provider's own numbers; `total` is the emitter's own sum, if it gave one.
    """
    whole = _with_cached(counts, cached, leaves_out=leaves_out, total=total)
    reasoning, output = counts.get("reasoning_tokens", 0), counts.get("output_tokens", 0)
    sums = {given.get("input_tokens", 0) + output + reasoning for given in (counts, whole)}
    if reasoning and "output_tokens" in counts and (total in sums or reasoning > output):
        # Gemini's and xAI's raw numbers: the sum, or the size, says that the thoughts are not in the output.
        return {**whole, "output_tokens": output + reasoning}
    return whole


def _with_cached(
    counts: Mapping[str, int], cached: Cached, *, leaves_out: bool, total: int | None
) -> Mapping[str, int]:
    beside = counts.get("cache_read_tokens", 0) + counts.get("cache_write_tokens", 0)
    given = counts.get("input_tokens")
    if not beside or given is None:
        return counts
    if cached is Cached.AS_PROVIDER:
        cached = Cached.BESIDE if leaves_out else Cached.INSIDE
    if cached is Cached.UNSAID:
        whole = given + beside + counts.get("output_tokens", 0)
        if beside > given or total == whole:
            cached = Cached.BESIDE
        elif leaves_out:
            raise UnclearCounts(
                f"input_tokens is {given} and {beside} are cached; this emitter is not known to "
                "count cached tokens in or out of the input"
            )
    if cached is Cached.BESIDE:
        return {**counts, "input_tokens": given + beside}
    return counts
