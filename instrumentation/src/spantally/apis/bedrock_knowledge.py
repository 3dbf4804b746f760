"""Bedrock RetrieveAndGenerate: an answer out of a knowledge base.

The model is named in the request, as an id or ARN; neither the answer nor its stream has any count, so
usage is missing. A stream is not read at all.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerate.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import Report, _bedrock

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_KINDS = ("knowledgeBaseConfiguration", "externalSourcesConfiguration")


class RetrieveAndGenerate:
    """The shape."""

    name = "bedrock.retrieve_and_generate"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return bool(child(request, "retrieveAndGenerateConfiguration"))

    def read_request(self, request: Request) -> Attributes:
        settings = child(request.body, "retrieveAndGenerateConfiguration")
        models = (text(child(settings, kind), "modelArn") for kind in _KINDS)
        model = next((model for model in models if model), None)
        return {_wire.REQUEST_MODEL: model} if model else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        attributes = _bedrock.read_head(head)
        if session := text(response, "sessionId"):
            attributes[_wire.CONVERSATION_ID] = session
        return Report(attributes)

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = RetrieveAndGenerate()
