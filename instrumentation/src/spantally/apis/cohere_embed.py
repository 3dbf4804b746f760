"""Cohere's calls that are answered at once: embed, rerank, parse, classify, summarize, each in its units.

https://docs.cohere.com/reference/embed, /rerank (2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally._json import JsonObject, text
from spantally.apis import EventReader, _cohere

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Report, Request


@dataclass(frozen=True)
class CohereUnits:
    """A request and its billed units."""

    name: str
    operation: str
    asked_with: str
    """A field that every such request has."""

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and self.asked_with in request

    def read_request(self, request: Request) -> Attributes:
        return _cohere.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        return _cohere.read_response(response)

    def read_stream(self, head: Head) -> EventReader | None:
        return None


embed = CohereUnits("cohere.embed", "embeddings", "input_type")
rerank = CohereUnits("cohere.rerank", "rerank", "documents")
parse = CohereUnits("cohere.parse", "ocr", "document")
classify = CohereUnits("cohere.classify", "classification", "inputs")
summarize = CohereUnits("cohere.summarize", "chat", "text")
