"""What Bedrock's APIs have in common: disjoint counts, guardrail units, tier and latency.

Input, cache reads and cache writes are disjoint on the wire (25 of 25 recordings: `totalTokens` is the
sum of all four). Guardrails are billed beside the model, by text unit and policy, under a price of their
own: a part of the call. Word filters and regular expressions are free.
Shapes: bedrock-runtime of botocore 1.44.5; prices: https://aws.amazon.com/bedrock/pricing/ (2026-11).
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from spantally import _wire
from spantally._json import JsonObject, child, children, count, parse_object, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spantally.apis import Attributes, Head, Report, Request

GUARDRAILS = "guardrails"
"""What pricing calls the model of guardrails."""

GUARDRAIL_UNITS = {
    "contentPolicyUnits": _wire.GUARDRAIL_CONTENT,
    "contentPolicyImageUnits": _wire.GUARDRAIL_CONTENT_IMAGES,
    "topicPolicyUnits": _wire.GUARDRAIL_TOPIC,
    "sensitiveInformationPolicyUnits": _wire.GUARDRAIL_SENSITIVE,
    "contextualGroundingPolicyUnits": _wire.GUARDRAIL_GROUNDING,
    "automatedReasoningPolicyUnits": _wire.GUARDRAIL_REASONING,
}


def read_request(request: Request) -> Attributes:
    """The model of the path (or of the order of a video): an id, one with a geography in front, or an ARN."""
    model = request.path.get("model") or text(request.body, "modelId")
    return {_wire.REQUEST_MODEL: model} if model else {}


def read_head(head: Head) -> Attributes:
    """What headers say: the id of the request, the tier that was served, the latency that was paid for."""
    names = {
        "x-amzn-requestid": _wire.RESPONSE_ID,
        "x-amzn-bedrock-service-tier": _wire.SERVICE_TIER,
        "x-amzn-bedrock-performanceconfig-latency": _wire.SPEED,
    }
    return {name: value for key, name in names.items() if (value := head.headers.get(key))}


def inclusive(
    uncached: int | None, output: int | None, read: int | None, written: int | None
) -> Attributes:
    """Counts as the conventions want them: input with what was read from and written to a cache."""
    counts = {
        _wire.INPUT_TOKENS: None if uncached is None else uncached + (read or 0) + (written or 0),
        _wire.CACHE_READ: read,
        _wire.CACHE_WRITE: written,
        _wire.OUTPUT_TOKENS: output,
    }
    return {name: number for name, number in counts.items() if number is not None}


def read_usage(usage: JsonObject) -> Attributes:
    """The usage block of Converse, and of Amazon's own models, who spell the cache differently."""
    counts = inclusive(
        count(usage, "inputTokens"),
        count(usage, "outputTokens"),
        _first(usage, "cacheReadInputTokens", "cacheReadInputTokenCount"),
        _first(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount"),
    )
    retentions = {"5m": _wire.CACHE_WRITE_5M, "1h": _wire.CACHE_WRITE_1H}
    for detail in children(usage, "cacheDetails"):
        name = retentions.get(text(detail, "ttl") or "")
        tokens = count(detail, "inputTokens")
        if name and tokens is not None:
            counts[name] = tokens
    return counts


def add_guardrail(report: Report, trace: JsonObject, *, asked: bool) -> None:
    """Put the units of a guardrail beside the call's own counts.

    Args:
        report: Where to.
        trace: What the response tells about it; it does only when the request wanted a trace.
        asked: Whether the request had a guardrail: then what it cost must not look free.
    """
    units = guardrail_units(trace)
    meters = {name.rpartition(".")[2]: number for name, number in units.items() if number}
    is_told = any(_guardrail_usages(trace))
    if not meters and (is_told or not asked):
        return
    add_part(report.attributes, {"kind": "guardrail", "model": GUARDRAILS, "usage": meters})


def asks_guardrail(request: Request) -> bool:
    """Whether a header names a guardrail."""
    return bool(request.headers.get("x-amzn-bedrock-guardrailidentifier"))


def guardrail_units(assessments: object) -> dict[str, int]:
    """The billed units of all assessments that are anywhere in there."""
    units: dict[str, int] = {}
    for usage in _guardrail_usages(assessments):
        for key, name in GUARDRAIL_UNITS.items():
            number = count(usage, key)
            if number is not None:
                units[name] = units.get(name, 0) + number
    return units


def add_part(attributes: Attributes, part: JsonObject) -> None:
    """Add to what is billed beside the call's own counts."""
    parts: list[Any] = json.loads(str(attributes.get(_wire.USAGE_PARTS) or "[]"))
    attributes[_wire.USAGE_PARTS] = json.dumps([*parts, part], separators=(",", ":"))


def add_uncounted(attributes: Attributes, kind: str, model: str | None) -> None:
    """Add what is billed beside the call's own counts and told by nobody: it must not look free."""
    add_part(attributes, {"kind": kind, "model": model, "usage": JsonObject()})


def payload(data: bytes) -> bytes:
    """The model's own event, which is base64 in the frame's `bytes`."""
    _, found, rest = data.partition(b'"bytes":"')
    encoded = rest.partition(b'"')[0] if found else text(parse_object(data), "bytes") or ""
    try:
        return base64.b64decode(encoded)
    except ValueError:
        return b""


def header_count(headers: Mapping[str, str], name: str) -> int | None:
    """A count that came as a header."""
    value = headers.get(name) or ""
    return int(value) if value.isascii() and value.isdigit() else None


def _guardrail_usages(node: object) -> Iterator[JsonObject]:
    for item in children({"in": node if isinstance(node, list) else [node]}, "in"):
        usage = child(child(item, "invocationMetrics"), "usage")
        if usage:
            yield usage
        else:
            for value in item.values():
                yield from _guardrail_usages(value)


def _first(usage: JsonObject, *keys: str) -> int | None:
    return next((number for key in keys if (number := count(usage, key)) is not None), None)
