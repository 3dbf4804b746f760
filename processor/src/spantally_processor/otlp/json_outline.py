"""How many things a JSON body has, before it is parsed.

Three bytes are an empty object and become a hundred times as much. What begins or separates things is
counted; in texts the same characters mean nothing, so where the count is over the limit, it is taken again
without the texts.
"""

from __future__ import annotations

import re

from spantally_processor.errors import TooLarge

_TOKENS_PER_ITEM = 2
"""An attribute is two objects and two commas, and counts as two items."""

_TO_NEXT_TOKEN = re.compile(rb'[^"{\[,]*+(?:"(?:[^"\\]++|\\.)*+"[^"{\[,]*+)*+[{\[,]', re.DOTALL)
"""Up to the next token outside of texts. It never goes back, so each byte is looked at once."""


def check_json_items(body: bytes, limit: int) -> None:
    """Raises TooLarge when a JSON body has more than `limit` objects, lists and other values."""
    allowed = limit * _TOKENS_PER_ITEM
    if len(body) <= allowed or sum(map(body.count, (b"{", b"[", b","))) <= allowed:
        return
    at = 0
    for _ in range(allowed + 1):
        found = _TO_NEXT_TOKEN.match(body, at)
        if found is None:
            return
        at = found.end()
    raise TooLarge(f"the body has more than {limit} objects, lists and values")
