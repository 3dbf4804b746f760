"""Snowflake Cortex: https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api (2026-11).

It sells in credits of its own, so it is the provider, without a list price in USD.
"""

from __future__ import annotations

from spantally.apis import anthropic_messages, openai_chat, openai_embeddings
from spantally.providers import Endpoint, Provider

provider = Provider(
    name="snowflake",
    hosts=(r"[\w.-]+\.snowflakecomputing\.(?:com|cn)",),
    endpoints=(
        Endpoint("/api/v2/cortex/v1/chat/completions", openai_chat.api),
        Endpoint("/api/v2/cortex/v1/messages", anthropic_messages.api),
        Endpoint("/api/v2/cortex/inference:complete", openai_chat.api),
        Endpoint("/api/v2/cortex/inference:embed", openai_embeddings.api),
    ),
)
