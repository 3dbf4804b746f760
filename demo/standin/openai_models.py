"""What OpenAI's models and tiers have in common over its APIs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standin.prompt import Prompt

WRITES_ARE_BILLED = re.compile(r"gpt-(5\.[6-9]|[6-9])")
"""Cache writes are reported and billed since GPT-5.6."""


def charges_cache_writes(model: str) -> bool:
    """Whether the model reports what it wrote to the cache."""
    return WRITES_ARE_BILLED.match(model) is not None


def served_tier(prompt: Prompt) -> str:
    """The tier that the response names: `fast` is served as `priority`, and `auto` as `default`."""
    return {"": "default", "auto": "default", "fast": "priority"}.get(
        prompt.service_tier, prompt.service_tier
    )
