"""Bedrock Rerank, of the agent runtime: billed by query, each of up to 100 chunks.

The answer counts nothing: queries and sources are those of the request.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Rerank.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, text
from spantally.apis import Report, _bedrock
from spantally.apis._counts import rerank_searches

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request


class Rerank:
    """The shape."""

    name = "bedrock.rerank"
    operation = "rerank"

    def fits(self, request: JsonObject) -> bool:
        return bool(child(request, "rerankingConfiguration"))

    def read_request(self, request: Request) -> Attributes:
        settings = child(request.body, "rerankingConfiguration")
        model = child(child(settings, "bedrockRerankingConfiguration"), "modelConfiguration")
        arn = text(model, "modelArn")
        return {_wire.REQUEST_MODEL: arn} if arn else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        body = head.request.body
        report = Report(_bedrock.read_head(head))
        queries, sources = children(body, "queries"), children(body, "sources")
        if "results" in response and queries and sources:
            searches = rerank_searches(len(queries), len(sources))
            report.attributes[_wire.RERANK_SEARCHES] = searches
            report.has_usage = True
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Rerank()
