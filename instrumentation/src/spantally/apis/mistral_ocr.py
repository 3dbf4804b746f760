"""Mistral OCR: pages, and pages with annotations, which cost more.

https://docs.mistral.ai/api/endpoint/ocr (2026-11)
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
    "pages_processed": _wire.PAGES,
    "pages_processed_annotation": _wire.ANNOTATED_PAGES,
}


class Ocr:
    """The shape."""

    name = "mistral.ocr"
    operation = "ocr"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and "document" in request

    def read_request(self, request: Request) -> Attributes:
        model = text(request.body, "model")
        return {_wire.REQUEST_MODEL: model} if model else {}

    def read_response(self, response: JsonObject, head: Head) -> Report:
        counts = counts_of(child(response, "usage_info"), _COUNTS)
        report = Report(counts, has_usage=bool(counts))
        if model := text(response, "model"):
            report.attributes[_wire.RESPONSE_MODEL] = model
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Ocr()
