"""xAI batch results: a page of finished requests, each with the charge for it.

Each result is a call of its own, with its own id, so that a page that is fetched again counts once.
https://docs.x.ai/docs/guides/batch-api (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children
from spantally.apis import EventReader, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Api, Attributes, Head, Request


class BatchResults:
    """The shape.

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
        answers = [
            child(child(result, "batch_result"), "response")
            for result in children(response, "results")
        ]
        return Report(
            more=[
                self._inner[kind].read_response(child(answer, kind), head)
                for answer in answers
                for kind in answer.keys() & self._inner.keys()
            ]
        )

    def read_stream(self, head: Head) -> EventReader | None:
        return None
