"""xAI batches: an order that costs nothing, and pages of finished requests, each with the charge for it.

https://docs.x.ai/docs/guides/batch-api (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, text
from spantally.apis import EventReader, Report
from spantally.apis._batch import Packer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Attributes, Head, Request


class BatchOrders:
    """Making a batch, and adding requests to it: whose the results will be."""

    name = "xai.batches"
    operation = "batch"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        batch = text(response, "batch_id") or head.request.path.get("id")
        return Report({_wire.RESPONSE_ID: batch} if batch else {})

    def read_stream(self, head: Head) -> EventReader | None:
        return None


class BatchResults:
    """A page of results.

    Args:
        inner: How each kind of result is read, by its field: `chat_get_completion`.
    """

    name = "xai.batch_results"
    operation = "chat"

    def __init__(self, inner: Mapping[str, Api]) -> None:
        self._inner = inner

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {_wire.PROCESSING: "batch"}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        batch = head.request.path.get("id", "")
        results = children(response, "results")
        page = text(results[0], "batch_request_id") if results else None
        packer = Packer(f"{batch}/{page}")
        for result in results:
            answer = child(child(result, "batch_result"), "response")
            for kind in answer.keys() & self._inner.keys():
                packer.add(self._inner[kind].read_response(child(answer, kind), head))
        return Report({_wire.RESPONSE_ID: batch} if batch else {}, more=packer.reports())

    def read_stream(self, head: Head) -> EventReader | None:
        return None
