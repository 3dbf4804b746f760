"""Vertex AI's predict: embeddings and images behind one shape.

Embeddings count tokens for each text, in its statistics. They report characters as well, for models that were
once paid so; counting both would charge twice. Multimodal embeddings count nothing and are paid by what was
given: characters, pictures, the seconds of film whose embeddings came. Imagen is paid by the picture, Lyria by
the length of its music, which nobody tells.
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api, …/imagen-api,
…/multimodal-embeddings-api, …/lyria-music-generation (2026-11)
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
        images = [one for one in predictions if _is_picture(one)]
        counts = _read_given(predictions, children(head.request.body, "instances"))
        if tokens:
            counts[_wire.INPUT_TOKENS] = sum(tokens)
        if images:
            counts[_wire.IMAGES] = len(images)
        report = Report(counts, has_usage=bool(counts))
        if model := text(response, "model"):
            report.attributes[_wire.RESPONSE_MODEL] = model.rpartition("/")[2]
        return report

    def read_stream(self, head: Head) -> EventReader | None:
        return None


def _is_picture(prediction: JsonObject) -> bool:
    made = "bytesBase64Encoded" in prediction or "gcsUri" in prediction
    return made and not (text(prediction, "mimeType") or "").startswith("audio/")


def _read_given(predictions: list[JsonObject], instances: list[JsonObject]) -> Attributes:
    """What multimodal embeddings are paid by, for each kind that came."""
    pairs = list(zip(predictions, instances, strict=False))
    texts = [text(asked, "text") or "" for one, asked in pairs if "textEmbedding" in one]
    film = [_seconds_of_film(one) for one in predictions if "videoEmbeddings" in one]
    counts = {
        _wire.INPUT_CHARACTERS: sum(map(len, texts)),
        _wire.INPUT_IMAGES: sum("imageEmbedding" in one for one in predictions),
        _wire.INPUT_VIDEO_SECONDS: sum(film),
    }
    return {name: number for name, number in counts.items() if number}


def _seconds_of_film(prediction: JsonObject) -> int:
    """From the first interval's start to the last one's end."""
    parts = children(prediction, "videoEmbeddings")
    starts = [count(part, "startOffsetSec") or 0 for part in parts]
    ends = [count(part, "endOffsetSec") or 0 for part in parts]
    return max(ends, default=0) - min(starts, default=0)


def _token_counts(prediction: JsonObject) -> list[int]:
    """Of one text, or of several that one instance had."""
    embeddings = [child(prediction, "embeddings"), *children(prediction, "embeddings")]
    numbers = [count(child(one, "statistics"), "token_count") for one in embeddings]
    return [number for number in numbers if number is not None]


api = Predict()
