"""Vertex AI's predict: embeddings and images behind one shape.

Embeddings count tokens for each text, in its statistics. They report characters as well, for models that were
once paid so; counting both would charge twice. Imagen is paid by the picture.
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, text
from spantally.apis import Report

if TYPE_CHECKING:
    from spantally.apis import Attributes, EventReader, Head, Request


class Predict:
    """The shape."""

    name = "vertex.predict"
    operation = "embeddings"

    def fits(self, request: JsonObject) -> bool:
        return isinstance(request.get("instances"), list)

    def read_request(self, request: Request) -> Attributes:
        model = request.path.get("model", "")
        attributes: Attributes = {_wire.REQUEST_MODEL: model} if model else {}
        if "embed" not in model:
            attributes[_wire.OPERATION] = "generate_content"
        if size := text(child(request.body, "parameters"), "sampleImageSize"):
            attributes[_wire.IMAGE_SIZE] = size.lower()
        return attributes

    def read_response(self, response: JsonObject, head: Head) -> Report:
        predictions = children(response, "predictions")
        tokens = [number for one in predictions for number in _token_counts(one)]
        images = [one for one in predictions if "bytesBase64Encoded" in one or "gcsUri" in one]
        report = Report()
        if tokens:
            report.attributes[_wire.INPUT_TOKENS] = sum(tokens)
        if images:
            report.attributes[_wire.IMAGES] = len(images)
        if model := text(response, "model"):
            report.attributes[_wire.RESPONSE_MODEL] = model.rpartition("/")[2]
        report.has_usage = bool(tokens or images)
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


def _token_counts(prediction: JsonObject) -> list[int]:
    """Of one text, or of several that one instance had."""
    embeddings = [child(prediction, "embeddings"), *children(prediction, "embeddings")]
    numbers = [count(child(one, "statistics"), "token_count") for one in embeddings]
    return [number for number in numbers if number is not None]


api = Predict()
