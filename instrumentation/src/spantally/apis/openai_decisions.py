"""OpenAI decisions: questions with weighed answers; usage as in Responses, and no id.

openai 3.54 types (2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally._json import JsonObject, child, text
from spantally.apis import EventReader, Report, _openai

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request


class Decisions:
    """The shape."""

    name = "openai.decisions"
    operation = "chat"

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and isinstance(request.get("questions"), list)

    def read_request(self, request: Request) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        usage = child(response, "usage")
        _openai.add_usage(report, _openai.read_usage(usage, _openai.INPUT_OUTPUT), usage, head)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


api = Decisions()
