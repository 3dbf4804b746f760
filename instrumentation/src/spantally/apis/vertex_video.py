"""Veo: a video is ordered by predictLongRunning, made later, and paid by the second.

No answer says how long the video is, so the seconds are those of the request, at the moment it is accepted. One
that the safety filter withholds later is not billed and counted here all the same. 8 seconds is the default of
both APIs; what makes a video longer adds 7 to it, whatever is asked for.
https://ai.google.dev/gemini-api/docs/video,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation,
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/video/extend-videos (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, text
from spantally.apis import Report

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request

_DEFAULT_SECONDS = 8
_ADDED_SECONDS = 7


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
        if any(_makes_longer(asked) for asked in children(head.request.body, "instances")):
            seconds = _ADDED_SECONDS
        videos = count(parameters, "sampleCount") or 1
        attributes: Attributes = {_wire.RESPONSE_ID: operation}
        if "veo" in head.request.path.get("model", ""):
            attributes[_wire.VIDEO_SECONDS] = seconds * videos
        return Report(attributes, has_usage=_wire.VIDEO_SECONDS in attributes)

    def read_stream(self, head: Head) -> EventReader | None:
        return None


def _makes_longer(asked: JsonObject) -> bool:
    """Whether a video is given to go on from; with a mask something within it is changed."""
    return "video" in asked and "mask" not in asked


api = PredictLongRunning()
