"""OpenAI embeddings: input tokens only.

Some imitators (Voyage, Jina) give only the total, which is the input: an embedding has no output.
https://platform.openai.com/docs/api-reference/embeddings (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child
from spantally.apis import EventReader, Report, _openai
from spantally.apis._counts import fill_in

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request


class Embeddings:
    """The shape."""

    name = "openai.embeddings"
    operation = "embeddings"

    def fits(self, request: JsonObject) -> bool:
        # A server that has one model (llama.cpp, TEI) wants no name of it.
        return isinstance(request.get("input"), (str, list))

    def read_request(self, request: Request) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        usage = child(response, "usage")
        counts = _openai.read_usage(usage, _openai.PROMPT_COMPLETION)
        fill_in(counts, _wire.INPUT_TOKENS, usage, "total_tokens")
        _openai.add_usage(report, counts, usage, head)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Embeddings()
