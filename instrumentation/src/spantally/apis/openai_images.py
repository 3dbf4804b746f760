"""OpenAI images: generations, edits, variations.

GPT Image models are paid by tokens, which come with the response; DALL·E by the image, its size and its
quality, and nothing is reported but the images themselves. The tokens that an SVG's authoring took are another
model's and beside the usage. https://platform.openai.com/docs/api-reference/images, openai 3.54 types (2026-11)
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text
from spantally.apis import Report, _openai
from spantally.apis._counts import number_of

if TYPE_CHECKING:
    from spantally._sse import ServerSentEvent
    from spantally.apis import Attributes, Head, Request

_OUTPUTS = {_wire.OUTPUT_TOKENS, _wire.TEXT_OUTPUT, _wire.IMAGE_OUTPUT}
_DALL_E_SIZE = "1024x1024"
"""What DALL·E makes when no size is asked for."""


class Images:
    """The shape. A provider that counts under other names overrides `sides`."""

    name = "openai.images"
    operation = "generate_content"
    sides = _openai.INPUT_OUTPUT

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and text(request, "prompt") is not None

    def read_request(self, request: Request) -> Attributes:
        attributes = _openai.read_request(request)
        number = count(request.body, "n")
        if number is not None and number != 1:
            attributes[_wire.REQUEST_CHOICES] = number
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        usage = child(response, "usage")
        counts = _openai.read_usage(usage, self.sides)
        images = len(children(response, "data"))
        if images and _wire.OUTPUT_TOKENS not in counts:
            counts[_wire.IMAGES] = images
        if made := _openai.svg_part(child(response, "svg_usage")):
            counts[_wire.USAGE_PARTS] = json.dumps(made, separators=(",", ":"))
        _openai.add_usage(report, counts, usage, head)
        if report.has_usage:
            report.attributes.update(_what_was_made(response, head.request))
        return report

    def read_stream(self, head: Head) -> _ImageStream:
        return _ImageStream(self, head)


class _ImageStream:
    """Looks inside the last event of each image; the partial ones before it are large.

    Such an event counts "the number of image tokens in the output image" (openai 3.57 types), so those of
    several images are added; the prompt is one for all of them.
    """

    markers = (b"completed", b"error")

    def __init__(self, images: Images, head: Head) -> None:
        self._images = images
        self._head = head
        self._last: JsonObject = {}
        self._outputs: Counter[str] = Counter()
        self._images_made = 0

    def feed(self, event: ServerSentEvent) -> None:
        document = parse_object(event.data) if b'"usage"' in event.data else None
        if document is not None and (text(document, "type") or "").endswith(".completed"):
            self._last = document
            report = self._images.read_response(document, self._head)
            made = {
                name: number_of(report.attributes, name)
                for name in _OUTPUTS & report.attributes.keys()
            }
            is_split = "output_tokens_details" in child(document, "usage")
            if _wire.OUTPUT_TOKENS in made and not is_split:
                made[_wire.IMAGE_OUTPUT] = made[_wire.OUTPUT_TOKENS]
            self._outputs.update(made)
            self._images_made += 1

    def report(self) -> Report:
        report = self._images.read_response(self._last, self._head)
        report.attributes.update(self._outputs)
        asked = count(self._head.request.body, "n") or 1
        report.complete = self._images_made >= asked
        return report


def _what_was_made(response: JsonObject, request: Request) -> Attributes:
    asked = request.body
    model = text(asked, "model") or request.path.get("model") or ""
    size = text(response, "size") or text(asked, "size")
    if size in {None, "auto"} and model.startswith("dall-e"):
        size = _DALL_E_SIZE
    quality = text(response, "quality") or text(asked, "quality")
    said = {_wire.IMAGE_SIZE: size, _wire.IMAGE_QUALITY: quality}
    return {name: value for name, value in said.items() if value and value != "auto"}


api = Images()
