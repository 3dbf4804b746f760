"""Token counts and prompt caching, as functions of the prompt alone.

A real provider remembers prompts between requests. Here a request that continues a conversation
reads from the cache what its previous turn left there, and a first turn reads nothing, so that
totals do not depend on the order in which concurrent requests arrive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standin.prompt import Prompt, Segment

BYTES_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 3
MIN_CACHEABLE = 1_024
"""Shorter prompts are not cached, by either provider."""
CACHE_STEP = 128
"""OpenAI caches prefixes in steps of this many tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTokens:
    """The prompt's tokens; `total` contains the other three, which do not overlap."""

    total: int
    read: int = 0
    written_5m: int = 0
    """Written for the shorter retention: 5 minutes at Anthropic, 30 at OpenAI."""
    written_1h: int = 0

    @property
    def written(self) -> int:
        """All that was written, for whatever time."""
        return self.written_5m + self.written_1h


def count(text: str) -> int:
    """Tokens of a text: a quarter of its UTF-8 bytes, rounded up."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


def cached_by_prefix(prompt: Prompt, *, charges_writes: bool) -> InputTokens:
    """OpenAI's way: the longest known prefix is read, and newer models write the rest."""
    total = _total(prompt.segments)
    read = _total(prompt.segments[: _last_turn(prompt.segments)])
    read = read // CACHE_STEP * CACHE_STEP if read >= MIN_CACHEABLE else 0
    written = total - read if charges_writes and total >= MIN_CACHEABLE else 0
    return InputTokens(total=total, read=read, written_5m=written)


def cached_by_breakpoint(prompt: Prompt) -> InputTokens:
    """Anthropic's way: each marked breakpoint covers what lies between it and the one before."""
    seen = _last_turn(prompt.segments)
    spans = {"read": 0, "5m": 0, "1h": 0}
    covered = 0
    for index, segment in enumerate(prompt.segments):
        if not segment.cache_ttl:
            continue
        upto = _total(prompt.segments[: index + 1])
        if upto < MIN_CACHEABLE:
            continue
        spans["read" if index < seen else segment.cache_ttl] += upto - covered
        covered = upto
    return InputTokens(
        total=_total(prompt.segments),
        read=spans["read"],
        written_5m=spans["5m"],
        written_1h=spans["1h"],
    )


def _total(segments: tuple[Segment, ...]) -> int:
    return sum(count(segment.text) + TOKENS_PER_MESSAGE for segment in segments)


def _last_turn(segments: tuple[Segment, ...]) -> int:
    """Where the last answer begins, or 0: all before it was the prompt of the turn before."""
    index = len(segments)
    while index and segments[index - 1].role != "assistant":
        index -= 1
    while index and segments[index - 1].role == "assistant":
        index -= 1
    return index
