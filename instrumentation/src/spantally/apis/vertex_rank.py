"""Google's ranking API: a query and records, billed by query, each of up to 100 records.

The answer counts nothing: the records are those of the request.
https://cloud.google.com/generative-ai-app-builder/docs/ranking (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, children, text
from spantally.apis import Report
from spantally.apis._counts import rerank_searches

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request


class Rank:
    """The shape."""

    name = "vertex.rank"
    operation = "rerank"

    def fits(self, request: JsonObject) -> bool:
        return bool(children(request, "records"))

    def read_request(self, request: Request) -> Attributes:
        model = text(request.body, "model")
        return {_wire.REQUEST_MODEL: model} if model else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        asked = children(head.request.body, "records")
        if not asked or "records" not in response:
            return Report()
        searches = rerank_searches(1, len(asked))
        return Report({_wire.RERANK_SEARCHES: searches}, has_usage=True)

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Rank()
