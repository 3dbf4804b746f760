"""Replicate predictions: asked for, then polled, unless the request waits for the result (`Prefer: wait`).

`metrics` are there when the prediction has ended: what was made of what, where that is billed, and seconds of
the machine. Official models of late have names of one form (`token_input_count`), older ones their own.
https://replicate.com/docs/reference/http; names: the billing metrics of Replicate's official models (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import EventReader, Report
from spantally.apis._counts import counts_of, whole_seconds

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request

_COUNTS = {
    "input_token_count": _wire.INPUT_TOKENS,
    "token_input_count": _wire.INPUT_TOKENS,
    "output_token_count": _wire.OUTPUT_TOKENS,
    "token_output_count": _wire.OUTPUT_TOKENS,
    "image_count": _wire.IMAGES,
    "image_output_count": _wire.IMAGES,
    "character_input_count": _wire.INPUT_CHARACTERS,
}
_SECONDS = {
    "video_output_duration_seconds": _wire.VIDEO_SECONDS,
    "audio_output_duration_seconds": _wire.OUTPUT_AUDIO_SECONDS,
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
        metrics = child(response, "metrics")
        counts = counts_of(metrics, _COUNTS)
        for key, name in _SECONDS.items():
            seconds = whole_seconds(metrics.get(key))
            if seconds is not None:
                counts[name] = seconds
        report = Report(counts, has_usage=bool(counts))
        attributes = report.attributes
        resolution = text(metrics, "resolution_target")
        if resolution and _wire.VIDEO_SECONDS in counts:
            attributes[_wire.VIDEO_RESOLUTION] = resolution
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
