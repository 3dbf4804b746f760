"""What Cohere's APIs have in common: billed units.

`tokens` counts what the model saw, Cohere's own prompt included, and is not what is billed: that is
`billed_units`, which the conventions want reported. `cached_tokens` belongs to `tokens`, exceeds the
billed input in most responses and has no price of its own, so it is left out. All counts are JSON floats
in the SDK (cohere 7.3, https://docs.cohere.com/reference, 2026-11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, child, count, text
from spantally.apis import Report
from spantally.apis._counts import counts_of, number_of

if TYPE_CHECKING:
    from spantally.apis import Attributes, Request

_BILLED = {
    "input_tokens": _wire.INPUT_TOKENS,
    "output_tokens": _wire.OUTPUT_TOKENS,
    "search_units": _wire.RERANK_SEARCHES,
    "images": _wire.INPUT_IMAGES,
    "pages": _wire.PAGES,
    "classifications": _wire.CLASSIFICATIONS,
}


def read_request(request: Request) -> Attributes:
    """What the requests share."""
    attributes: Attributes = {}
    body = request.body
    if model := text(body, "model"):
        attributes[_wire.REQUEST_MODEL] = model
    if body.get("stream") is True:
        attributes[_wire.REQUEST_STREAM] = True
    limit = count(body, "max_tokens")
    if limit is not None:
        attributes[_wire.REQUEST_MAX_TOKENS] = limit
    return attributes


def read_response(response: JsonObject) -> Report:
    """Identity and counts; version 2 has them in `usage`, version 1 and all but chat in `meta`."""
    report = Report()
    attributes = report.attributes
    if response_id := text(response, "id") or text(response, "response_id"):
        attributes[_wire.RESPONSE_ID] = response_id
    if reason := text(response, "finish_reason"):
        attributes[_wire.FINISH_REASONS] = (reason,)
    counts = _read_usage(child(response, "usage") or child(response, "meta"))
    attributes.update(counts)
    report.has_usage = bool(counts)
    return report


def _read_usage(usage: JsonObject) -> Attributes:
    billed = child(usage, "billed_units")
    counts = counts_of(billed, _BILLED)
    images = count(billed, "image_tokens")
    if images is not None:
        # Text and image tokens of an embedding are billed at two rates, beside each other.
        beside = number_of(counts, _wire.INPUT_TOKENS)
        whole = (count(billed, "text_tokens") or 0) + images
        counts[_wire.INPUT_TOKENS] = beside if images and whole == beside else beside + images
        counts[_wire.IMAGE_INPUT] = images
    reasoning = count(child(usage, "tokens"), "reasoning_tokens")
    if reasoning is not None and reasoning <= number_of(counts, _wire.OUTPUT_TOKENS):
        counts[_wire.REASONING] = reasoning
    return counts
