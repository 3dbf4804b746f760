"""LiteLLM's proxy asks this before each call: who is it for? Without an answer the call is refused with 400.

A call is for the team of its virtual key, or else for the one that its header X-Team names, which is put
where LiteLLM has the key's and so on to its spans. Variable SPANTALLY_TEAMS: the teams that there are, with
commas; empty for any.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastapi import HTTPException
from litellm.integrations.custom_logger import CustomLogger

if TYPE_CHECKING:
    from litellm.caching.dual_cache import DualCache
    from litellm.proxy._types import UserAPIKeyAuth

TEAMS = frozenset(filter(None, os.environ.get("SPANTALLY_TEAMS", "").split(",")))


class TagPolicy(CustomLogger):
    """The hook that LiteLLM knows as `async_pre_call_hook`."""

    async def async_pre_call_hook(
        self,
        user_api_key_dict: UserAPIKeyAuth,
        cache: DualCache,
        data: dict[str, Any],
        call_type: str,
    ) -> dict[str, Any]:
        """Returns the request with its team; raises HTTPException for one that names no known team."""
        headers: dict[str, str] = data.get("proxy_server_request", {}).get("headers", {})
        team = user_api_key_dict.team_alias or headers.get("x-team", "")
        if not team or (TEAMS and team not in TEAMS):
            raise HTTPException(
                status_code=400,
                detail="This call names no known team. Use a virtual key of a team, or the header X-Team.",
            )
        data.setdefault("metadata", {})["user_api_key_team_alias"] = team
        return data


policy = TagPolicy()
