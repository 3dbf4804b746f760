"""Anthropic's message batches: what is ordered, and its results, a message a line.

Ordering costs nothing and is remembered, so that the results carry the tags of whoever ordered. Requests that
failed, expired or were cancelled are not billed.
https://platform.claude.com/docs/en/api/creating-message-batches (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import Report, _batch, anthropic_messages

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request


class Batches:
    """The shape of a batch."""

    name = "anthropic.batches"
    operation = "batch"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        batch_id = text(response, "id")
        return Report({_wire.RESPONSE_ID: batch_id} if batch_id else {})

    def read_stream(self, head: Head) -> EventReader | None:
        return None


class BatchResults(_batch.BatchResults):
    """The shape of its results."""

    name = "anthropic.batch_results"

    def read_line(self, line: JsonObject, head: Head) -> Report | None:
        message = child(child(line, "result"), "message")
        return anthropic_messages.api.read_response(message, head) if message else None


api = Batches()
results = BatchResults()
