"""Replicate predictions: asked for, then polled, unless the request waits for the result (`Prefer: wait`).

`metrics` are there when the prediction has ended: tokens of language models, images, seconds of the machine.
https://replicate.com/docs/reference/http (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import EventReader, Report
from spantally.apis._counts import counts_of

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request

_COUNTS = {
    "input_token_count": _wire.INPUT_TOKENS,
    "output_token_count": _wire.OUTPUT_TOKENS,
    "image_count": _wire.IMAGES,
}


class Predictions:
    """The shape."""

    name = "replicate.predictions"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        return bool(child(request, "input"))

    def read_request(self, request: Request) -> Attributes:
        attributes: Attributes = {}
        path = request.path
        named = f"{path['owner']}/{path['model']}" if "model" in path else None
        if model := named or text(request.body, "version"):
            attributes[_wire.REQUEST_MODEL] = model
        if request.body.get("stream") is True:
            attributes[_wire.REQUEST_STREAM] = True
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        counts = counts_of(child(response, "metrics"), _COUNTS)
        report = Report(counts, has_usage=bool(counts))
        attributes = report.attributes
        if model := text(response, "model"):
            attributes[_wire.RESPONSE_MODEL] = model
        if response_id := text(response, "id"):
            attributes[_wire.RESPONSE_ID] = response_id
        if status := text(response, "status"):
            attributes[_wire.FINISH_REASONS] = (status,)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Predictions()
