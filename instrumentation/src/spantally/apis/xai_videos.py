"""xAI videos: asked for, then polled; paid by the second of the finished video.

https://docs.x.ai/docs/guides/video-generation (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, text
from spantally.apis import EventReader, Report, _openai
from spantally.apis._counts import whole_seconds

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request


class Videos:
    """The shape of `/v1/videos/…` and of the poll."""

    name = "xai.videos"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and text(request, "prompt") is not None

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request)
        if resolution := text(request.body, "resolution"):
            attributes[_wire.VIDEO_RESOLUTION] = resolution.lower()
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        if job := text(response, "request_id") or head.request.path.get("id"):
            report.attributes[_wire.RESPONSE_ID] = job
        video = child(response, "video")
        seconds = whole_seconds(video.get("duration"))
        counts: Attributes = {_wire.VIDEO_SECONDS: seconds} if seconds else {}
        _openai.add_usage(report, counts, child(response, "usage"), head)
        if resolution := text(video, "resolution"):
            report.attributes[_wire.VIDEO_RESOLUTION] = resolution.lower()
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Videos()
