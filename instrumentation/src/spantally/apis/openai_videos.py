"""OpenAI videos: a job that is ordered, and paid by the seconds it made once it is done.

`seconds` is text. An extension's is the length of the whole, stitched video, of which only a part is
new; nothing in the job says which part, so that an extension's own seconds stay unknown. openai 3.54
types (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, text
from spantally.apis import EventReader, Report, _openai

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request


class Videos:
    """The shape."""

    name = "openai.videos"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        counts: Attributes = {}
        status = text(response, "status")
        if status:
            report.attributes[_wire.FINISH_REASONS] = (status,)
        if size := text(response, "size"):
            report.attributes[_wire.VIDEO_RESOLUTION] = size
        seconds = count(response, "seconds")
        if status == "completed" and seconds is not None:
            counts[_wire.VIDEO_SECONDS] = seconds
        _openai.add_usage(report, counts, child(response, "usage"), head)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Videos()
