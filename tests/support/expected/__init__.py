"""What a recording's own body says, worked out apart from the code under test.

One module for each family of providers; each has `KINDS`, from the recordings' own classification
(`provider`, `api`) to a function that reads one.
"""

from __future__ import annotations

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from support.expected.outcome import Expected, NoCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.recordings import Recording

__all__ = ["KINDS", "Expected", "NoCall", "decoded_parts", "expected_of"]

KINDS: dict[tuple[str, str], Callable[[Recording], Expected | NoCall]] = {
    kind: read
    for module in iter_modules(__path__)
    for kind, read in getattr(import_module(f"{__name__}.{module.name}"), "KINDS", {}).items()
}


def expected_of(recording: Recording) -> Expected | NoCall:
    """What the span of this recording has to say."""
    return KINDS[recording.kind](recording)


def decoded_parts(counts: dict[str, Any]) -> dict[str, Any]:
    """The counts of a span with its JSON attribute read, so that key order does not matter."""
    name = "spantally.usage.parts"
    return {**counts, name: json.loads(counts[name])} if name in counts else counts
