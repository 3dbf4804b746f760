"""The bodies of InvokeModel: each family of models has its own shape, whole and as chunks of a stream.

Anthropic's messages are read by their own reader. Of the others, AI21, Mistral, OpenAI and Qwen imitate
OpenAI; Nova has Converse's block; Llama and Titan count in fields of their own; Cohere, DeepSeek and the
older Mistral and AI21 models count nothing in the body, only Bedrock's headers do.
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html (2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, children, count, items, text
from spantally.apis import _bedrock, _openai

if TYPE_CHECKING:
    from spantally.apis import Attributes

_REASONS = ("stop_reason", "stopReason", "finish_reason", "finishReason", "completionReason")
_ANSWERS = ("choices", "outputs", "generations", "results", "completions")
"""The lists in which one or another family keeps its answers."""

_SECONDS_OF_A_SHOT = 6
"""https://docs.aws.amazon.com/nova/latest/userguide/video-generation-storyboard.html (2026-11)"""

COUNTED_INCLUSIVE = "prompt_tokens"
"""The field of those that count as OpenAI does: cached tokens are in the input already."""


def operation_of(model: str, body: JsonObject) -> str:
    """What is asked for, as in `gen_ai.operation.name`."""
    if "embed" in model:
        return "embeddings"
    if "rerank" in model:
        return "rerank"
    if "messages" in body:
        return "chat"
    imaging = (
        "taskType" in body
        or "modelInput" in body
        or "text_prompts" in body
        or "stability." in model
    )
    return "generate_content" if imaging else "text_completion"


def read_counts(body: JsonObject) -> Attributes:
    """The counts that the body has."""
    usage = child(body, "usage")
    if COUNTED_INCLUSIVE in usage:
        return _openai.read_usage(usage, _openai.PROMPT_COMPLETION)
    if usage:
        return _bedrock.read_usage(usage)
    images = items(body, "images") or items(body, "artifacts")
    counts = {
        _wire.INPUT_TOKENS: _first(body, "prompt_token_count", "inputTextTokenCount"),
        _wire.OUTPUT_TOKENS: _first(body, "generation_token_count", "totalOutputTextTokenCount"),
        _wire.IMAGES: len(images) or None,
    }
    results = (count(result, "tokenCount") for result in children(body, "results"))  # Titan
    if known := [number for number in results if number is not None]:
        counts[_wire.OUTPUT_TOKENS] = sum(known)
    return {name: number for name, number in counts.items() if number is not None}


def read_reasons(body: JsonObject) -> list[str]:
    """Why the model stopped, in its family's words; of each answer where there are several."""
    for key in _ANSWERS:
        answers = children(body, key)
        if answers:
            return [reason for answer in answers if (reason := _reason(answer))]
    reason = _reason(body)
    return [reason] if reason else []


def read_image_request(body: JsonObject) -> Attributes:
    """Size and quality of images, which the answer does not repeat (Nova Canvas, Titan)."""
    config = child(body, "imageGenerationConfig")
    width, height, quality = (
        count(config, "width"),
        count(config, "height"),
        text(config, "quality"),
    )
    attributes: Attributes = {}
    if width and height:
        attributes[_wire.IMAGE_SIZE] = f"{width}x{height}"
    if quality:
        attributes[_wire.IMAGE_QUALITY] = quality
    return attributes


def read_pictures(body: JsonObject) -> Attributes:
    """Pictures to be embedded, paid each and counted by no answer: of Titan, Nova and Marengo."""
    given = child(body, "singleEmbeddingParams")
    is_one = bool(text(body, "inputImage") or child(given, "image"))
    is_one = is_one or text(body, "inputType") in {"image", "text_image"}
    return {_wire.INPUT_IMAGES: 1} if is_one else {}


def has_film(body: JsonObject) -> bool:
    """Whether film or sound is to be embedded or understood, which is paid by the second and told by nobody."""
    given = child(body, "singleEmbeddingParams")
    embedded = text(body, "inputType") in {"video", "audio"} or {"video", "audio"} & given.keys()
    return bool(embedded or ("inputPrompt" in body and child(body, "mediaSource")))


def read_video_order(order: JsonObject) -> Attributes:
    """The seconds of film that were ordered (Nova Reel, Luma Ray): what comes of it goes to a bucket.

    A storyboard of Nova Reel's has no duration but shots of six seconds each.
    """
    asked = child(order, "modelInput")
    seconds = count(child(asked, "videoGenerationConfig"), "durationSeconds")
    if shots := items(child(asked, "multiShotManualParams"), "shots"):
        seconds = _SECONDS_OF_A_SHOT * len(shots)
    written = (text(asked, "duration") or "").removesuffix("s")
    if seconds is None and written.isdecimal():
        seconds = int(written)
    attributes: Attributes = {} if seconds is None else {_wire.VIDEO_SECONDS: seconds}
    if resolution := text(asked, "resolution"):
        attributes[_wire.VIDEO_RESOLUTION] = resolution
    return attributes


def _reason(answer: JsonObject) -> str | None:
    direct = next((reason for key in _REASONS if (reason := text(answer, key))), None)
    return direct or text(child(answer, "finishReason"), "reason")  # Jurassic


def _first(body: JsonObject, *keys: str) -> int | None:
    return next((number for key in keys if (number := count(body, key)) is not None), None)
