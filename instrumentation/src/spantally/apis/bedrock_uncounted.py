"""Bedrock operations that cost money and tell no count: each is a call whose usage is missing.

Agentic retrieval and the rewriting of prompts answer as streams, which are not read; structured queries cost
by the query, flows that run by themselves what their nodes cost.
bedrock-agent-runtime of botocore 1.44.5; https://aws.amazon.com/bedrock/pricing/ (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, text
from spantally.apis import Report, _bedrock

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request


class Uncounted:
    """One of them.

    Args:
        name: As in `spantally.api`.
    """

    operation = "chat"

    def __init__(self, name: str) -> None:
        self.name = name

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        model = text(request.body, "targetModelId")
        return {_wire.REQUEST_MODEL: model} if model else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return Report(_bedrock.read_head(head))

    def read_stream(self, head: Head) -> EventReader | None:
        return None
