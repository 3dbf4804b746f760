"""Mistral's classifiers and moderations, of a text or of a chat: paid by the tokens that went in.

The SDK's types (mistralai 3.7) list no usage, and the API may send it all the same, as its other APIs have it.
https://docs.mistral.ai/api/endpoint/classifiers (2026-11)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spantally._json import JsonObject, child
from spantally.apis import EventReader, Report, _openai

if TYPE_CHECKING:
    from spantally.apis import Attributes, Head, Request


@dataclass(frozen=True)
class Classifiers:
    """The shape."""

    name: str
    operation: str

    def fits(self, request: JsonObject) -> bool:
        return False

    def read_request(self, request: Request) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = Report(_openai.read_identity(response))
        usage = child(response, "usage")
        _openai.add_usage(report, _openai.read_usage(usage, _openai.PROMPT_COMPLETION), usage, head)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


classifications = Classifiers("mistral.classifications", "classification")
moderations = Classifiers("mistral.moderations", "moderation")
