"""Voyage, at its own host and at MongoDB's: https://docs.voyageai.com/reference (2026-11).

Calls report one total, which is the input. Multimodal ones are paid by the tokens of text and by the pixels of
pictures and films, of which the total has tokens as well: https://docs.voyageai.com/docs/pricing (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count
from spantally.apis import openai_embeddings, rerank
from spantally.apis._counts import counts_of
from spantally.providers import Endpoint, Provider

if TYPE_CHECKING:
    from spantally.apis import Head, Report


class _Multimodal(openai_embeddings.Embeddings):
    def read_response(self, response: JsonObject, head: Head) -> Report:
        report = super().read_response(response, head)
        usage = child(response, "usage")
        pixels = [count(usage, f"{of}_pixels") for of in ("image", "video")]
        seen = sum(number or 0 for number in pixels)
        if seen:
            report.attributes.pop(_wire.INPUT_TOKENS, None)
            report.attributes |= counts_of(usage, {"text_tokens": _wire.INPUT_TOKENS})
            report.attributes[_wire.INPUT_PIXELS] = seen
        return report


provider = Provider(
    name="voyage",
    hosts=(r"api\.voyageai\.com", r"ai\.mongodb\.com"),
    endpoints=(
        Endpoint("/v1/embeddings", openai_embeddings.api),
        Endpoint("/v1/multimodalembeddings", _Multimodal()),
        Endpoint("/v1/contextualizedembeddings", openai_embeddings.api),
        Endpoint("/v1/rerank", rerank.api),
    ),
)
