"""What OpenAI's APIs have in common: tiers and usage.

Fields: https://platform.openai.com/docs/api-reference and the types of openai 3.54
(2026-11). Counts include cached and reasoning tokens already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from spantally import _wire
from spantally._json import JsonObject, child, count, text, whole_number
from spantally.apis._stated_cost import read_stated_cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Attributes, Head, Report, Request


def read_request(request: Request, api_type: str | None = None) -> Attributes:
    """What the requests of OpenAI's APIs share. Azure's older paths name a deployment, and no model."""
    attributes: Attributes = {}
    if api_type:
        attributes[_wire.OPENAI_API_TYPE] = api_type
    body = request.body
    if model := text(body, "model") or request.path.get("model"):
        attributes[_wire.REQUEST_MODEL] = model
    if body.get("stream") in (True, "true"):  # text in a form
        attributes[_wire.REQUEST_STREAM] = True
    tier = text(body, "service_tier")
    if tier and tier != "auto":
        attributes[_wire.OPENAI_REQUEST_TIER] = tier
        attributes[_wire.REQUEST_TIER] = tier
    return attributes


_IDENTITY = {
    "model": (_wire.RESPONSE_MODEL,),
    "id": (_wire.RESPONSE_ID,),
    "service_tier": (_wire.OPENAI_RESPONSE_TIER, _wire.SERVICE_TIER),
    "system_fingerprint": (_wire.OPENAI_FINGERPRINT,),
}


def read_identity(body: JsonObject) -> Attributes:
    """Who answered, and at which tier."""
    attributes: Attributes = {}
    for field, names in _IDENTITY.items():
        value = body.get(field)
        if value and isinstance(value, str):
            for name in names:
                attributes[name] = value
    return attributes


_INPUT_DETAILS = {
    "cached_tokens": _wire.CACHE_READ,
    "cache_write_tokens": _wire.CACHE_WRITE,
    "text_tokens": _wire.TEXT_INPUT,
    "image_tokens": _wire.IMAGE_INPUT,
    "audio_tokens": _wire.AUDIO_INPUT,
    "video_tokens": _wire.VIDEO_INPUT,  # of OpenRouter and others that imitate
}
_OUTPUT_DETAILS = {
    "reasoning_tokens": _wire.REASONING,
    "text_tokens": _wire.TEXT_OUTPUT,
    "image_tokens": _wire.IMAGE_OUTPUT,
    "audio_tokens": _wire.AUDIO_OUTPUT,
    "accepted_prediction_tokens": _wire.ACCEPTED_PREDICTION,
    "rejected_prediction_tokens": _wire.REJECTED_PREDICTION,
}


class Sides(NamedTuple):
    """How a usage block names its two sides."""

    counts: Mapping[str, str]
    input_details: str
    output_details: str


def _sides(inside: str, outside: str) -> Sides:
    counts = {f"{inside}_tokens": _wire.INPUT_TOKENS, f"{outside}_tokens": _wire.OUTPUT_TOKENS}
    return Sides(counts, f"{inside}_tokens_details", f"{outside}_tokens_details")


PROMPT_COMPLETION, INPUT_OUTPUT = _sides("prompt", "completion"), _sides("input", "output")

_BY_RETENTION = {"ttl_30m_tokens": _wire.CACHE_WRITE_30M, "ttl_12h_tokens": _wire.CACHE_WRITE_12H}


def read_usage(usage: JsonObject, sides: Sides) -> Attributes:
    """The usage block, of which `sides` says how it is spelt."""
    known: dict[str, int] = {}
    _take(known, usage, sides.counts)
    details = child(usage, sides.input_details)
    _take(known, details, _INPUT_DETAILS)
    _take(known, child(usage, sides.output_details), _OUTPUT_DETAILS)
    if "cache_write_tokens_details" in details:
        _take(known, child(details, "cache_write_tokens_details"), _BY_RETENTION)
    if reasoning := known.get(_wire.REASONING):
        output, total = known.get(_wire.OUTPUT_TOKENS, 0), count(usage, "total_tokens")
        all_three = known.get(_wire.INPUT_TOKENS, 0) + output + reasoning
        if all_three == total or (total is None and reasoning > output):
            # xAI's models, also at Azure and behind gateways: the reasoning is beside the completion.
            known[_wire.OUTPUT_TOKENS] = output + reasoning
    return cast("Attributes", known)


def _take(known: dict[str, int], block: JsonObject, names: Mapping[str, str]) -> None:
    for field, value in block.items():
        if field in names:
            # Nearly all are plain numbers, and there are many.
            tokens = value if type(value) is int and value >= 0 else whole_number(value)
            if tokens is not None:
                known[names[field]] = tokens


def svg_part(usage: JsonObject) -> list[JsonObject]:
    """The tokens that the authoring of an SVG took, of another model than the one that was asked for images."""
    names = ("input_tokens", "output_tokens", "reasoning_tokens")
    counts = {name: number for name in names if (number := count(usage, name)) is not None}
    return [{"kind": "svg", "model": text(usage, "model"), "usage": counts}] if counts else []


def add_usage(report: Report, counts: Attributes, usage: JsonObject, head: Head) -> None:
    """Put the counts and the stated cost of a usage block into a report."""
    report.has_usage = bool(counts)
    report.attributes.update(counts)
    if tier := text(usage, "service_tier"):  # Mistral's, and LiteLLM's of Claude
        report.attributes.setdefault(_wire.SERVICE_TIER, tier)
    report.attributes.update(read_stated_cost(usage, head.headers))
