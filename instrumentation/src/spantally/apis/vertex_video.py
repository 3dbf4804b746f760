"""Veo: a video is ordered by predictLongRunning, made later, and paid by the second.

No answer says how long the video is, so the seconds are those of the request, at the moment it is accepted. One
that the safety filter withholds later is not billed and counted here all the same. 8 seconds is the default of
both APIs.
https://ai.google.dev/gemini-api/docs/video,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, text
from spantally.apis import Report

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_DEFAULT_SECONDS = 8


class PredictLongRunning:
    """The shape."""

    name = "vertex.predict_long_running"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        return isinstance(request.get("instances"), list)

    def read_request(self, request: Request) -> Attributes:
        parameters = child(request.body, "parameters")
        said = {
            _wire.REQUEST_MODEL: request.path.get("model"),
            _wire.VIDEO_RESOLUTION: text(parameters, "resolution"),
            _wire.VIDEO_AUDIO: "off" if parameters.get("generateAudio") is False else None,
        }
        return {name: value for name, value in said.items() if value}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        operation = text(response, "name")
        if operation is None or head.status >= 300:
            return Report()
        parameters = child(head.request.body, "parameters")
        seconds = count(parameters, "durationSeconds") or _DEFAULT_SECONDS
        videos = count(parameters, "sampleCount") or 1
        attributes: Attributes = {_wire.RESPONSE_ID: operation}
        if "veo" in head.request.path.get("model", ""):
            attributes[_wire.VIDEO_SECONDS] = seconds * videos
        return Report(attributes, has_usage=_wire.VIDEO_SECONDS in attributes)

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = PredictLongRunning()
