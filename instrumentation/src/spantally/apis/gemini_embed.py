"""Gemini's embedContent and batchEmbedContents, at the Gemini API and at Vertex AI.

Newer models report `usageMetadata` behind the vectors; older ones nothing.
https://ai.google.dev/api/embeddings (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child
from spantally.apis import Report, _gemini

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request


class EmbedContent:
    """The shape."""

    name = "gemini.embed_content"
    operation = "embeddings"

    def fits(self, request: JsonObject) -> bool:
        return isinstance(request.get("content"), dict) or isinstance(request.get("requests"), list)

    def read_request(self, request: Request) -> Attributes:
        model = request.path.get("model")
        return {_wire.REQUEST_MODEL: model} if model else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        usage = child(response, "usageMetadata")
        counts = _gemini.read_usage(usage)
        return Report({**counts, **_gemini.read_tier(usage, head)}, has_usage=bool(counts))

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = EmbedContent()
