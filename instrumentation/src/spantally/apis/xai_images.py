"""xAI images: paid by the piece, made or given to be edited, with the charge in the response.

https://docs.x.ai/docs/guides/image-generations (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, text
from spantally.apis import EventReader, Report, _openai

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request


class Images:
    """The shape of `/v1/images/generations` and `/v1/images/edits`."""

    name = "xai.images"
    operation = "generate_content"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and text(request, "prompt") is not None

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request)
        names = {"resolution": _wire.IMAGE_SIZE, "quality": _wire.IMAGE_QUALITY}
        said = {name: text(request.body, field) for field, name in names.items()}
        attributes.update({name: value.lower() for name, value in said.items() if value})
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        usage = child(response, "usage")
        counts: Attributes = {}
        made = len(children(response, "data"))
        if made:
            counts[_wire.IMAGES] = made
        asked = head.request.body
        given = len(children(asked, "images")) or int("image" in asked)
        if made and given:
            counts[_wire.INPUT_IMAGES] = given
        _openai.add_usage(report, counts, usage, head)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Images()
