"""Answers out of a gateway's own cache: no provider was asked, and nothing is billed for them.

They repeat the counts, and mostly the id, of the answer that was paid for; only a header tells them apart.
LiteLLM names the key of what it found, and none where it found nothing; all others say HIT in some spelling.
https://apisix.apache.org/docs/apisix/plugins/ai-cache,
https://developers.cloudflare.com/ai-gateway/features/caching,
https://docs.helicone.ai/features/advanced-usage/caching,
https://developer.konghq.com/plugins/ai-semantic-cache, `caching_handler.py` of litellm 1.109.1,
https://openrouter.ai/docs/guides/features/response-caching,
https://portkey.ai/docs/api-reference/response-schema, https://truefoundry.com/docs/ai-gateway/caching (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDS_IN = {
    "cf-aig-cache-status": "HIT",
    "helicone-cache": "HIT",
    "x-ai-cache-status": "HIT",  # APISIX's
    "x-cache-status": "HIT",  # Kong's
    "x-litellm-cache-key": "",
    "x-openrouter-cache-status": "HIT",
    "x-portkey-cache-status": "HIT",
    "x-tfy-cache-status": "HIT",
}
"""How the value of each header ends when a cache answered; whatever it is where that is empty."""


def is_from_cache(headers: Mapping[str, str]) -> bool:
    """Whether a response says that a gateway's cache gave it."""
    for name, end in _ENDS_IN.items():
        value = headers.get(name)
        if value and value.upper().endswith(end):
            return True
    return False
