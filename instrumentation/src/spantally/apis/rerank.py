"""Reranking as Jina has it, and with it llama.cpp, vLLM, Voyage, Together, SGLang and TEI: paid by tokens.

There is a query, there are documents, and nothing is generated: the total is the input, whatever a server
calls it. Cohere's models are paid by searches, at Azure and behind gateways, too; its own host has a file of
its own. https://api.jina.ai/redoc (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import EventReader, Report, _openai
from spantally.apis._counts import fill_in, number_of

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request


class Rerank:
    """The shape."""

    name = "rerank"
    operation = "rerank"

    def fits(self, request: JsonObject) -> bool:
        lists = (request.get("documents"), request.get("texts"))
        return text(request, "query") is not None and any(isinstance(each, list) for each in lists)

    def read_request(self, request: Request) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        usage = child(response, "usage")
        billed = child(child(response, "meta"), "billed_units")
        counts: Attributes = {}
        fill_in(counts, _wire.RERANK_SEARCHES, {**usage, **billed}, "search_units")
        if not number_of(counts, _wire.RERANK_SEARCHES):
            names = ("prompt_tokens", "input_tokens", "total_tokens")
            fill_in(counts, _wire.INPUT_TOKENS, usage, *names)
        _openai.add_usage(report, counts, usage, head)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Rerank()
