"""A request in one form, whichever API it came through: what the model reads, and what it may do.

The modules that speak a provider's wire format read requests into this; what the stand-in answers
and how many tokens that takes depends on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class BadRequest(ValueError):
    """The request lacks something that the API demands; answered with status 400."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of the prompt, in reading order."""

    role: str
    """`tools`, `system`, `user`, `assistant` or `tool`."""
    text: str
    cache_ttl: str = ""
    """`5m` or `1h` when the caller marked the end of this piece as a cache breakpoint."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call."""

    name: str
    parameters: Mapping[str, object]
    """JSON schema of the arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Everything in a request that decides its answer and its token counts."""

    model: str
    segments: tuple[Segment, ...]
    tools: tuple[Tool, ...] = ()
    called: frozenset[str] = frozenset()
    """Names of the tools that were called earlier in the conversation."""
    schema: Mapping[str, object] | None = None
    """JSON schema that the answer must follow."""
    max_tokens: int | None = None
    effort: str = ""
    """Reasoning level; empty when the model is not asked to reason."""
    stream: bool = False
    stream_usage: bool = True
    """Whether a stream ends with its usage; OpenAI's chat API must be asked for that."""
    service_tier: str = ""
    searches: int = 0
    """Web searches that the provider makes, and bills, for this prompt."""
