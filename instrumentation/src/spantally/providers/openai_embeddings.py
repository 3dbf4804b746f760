"""OpenAI embeddings: input tokens only.

The body is mostly vectors, so the counts are looked for at its end before the whole is parsed.
https://platform.openai.com/docs/api-reference/embeddings (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally._json import JsonObject, child, text
from spantally.providers import EventReader, Report, _openai

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.providers import Attributes


class _Embeddings:
    name = "openai.embeddings"
    provider = _openai.PROVIDER
    operation = "embeddings"
    paths = ("/v1/embeddings", "/embeddings")
    owns_host = staticmethod(_openai.owns_host)
    read_host = staticmethod(_openai.read_host)

    def fits(self, request: JsonObject) -> bool:
        return text(request, "model") is not None and isinstance(request.get("input"), (str, list))

    def read_request(self, request: JsonObject) -> Attributes:
        return _openai.read_request(request)

    def read_response(self, response: JsonObject, headers: Mapping[str, str]) -> Report:
        report = Report(_openai.read_identity(response))
        _openai.add_usage(report, child(response, "usage"), ("prompt", "completion"), headers)
        return report

    def read_stream(self, headers: Mapping[str, str]) -> EventReader | None:
        return None


api = _Embeddings()
