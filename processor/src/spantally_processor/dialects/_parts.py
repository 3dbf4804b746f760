"""Usage that is billed beside a call's own: `spantally.usage.parts`, and what the SDKs say of it.

A part that cannot be read makes the call's cost a lower bound, so the fault is handed on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_pricing import InvalidUsage, Usage

from spantally_processor.dialects import _reading as reading
from spantally_processor.errors import Malformed
from spantally_processor.model import UsagePart
from spantally_processor.otlp.json_mapper import JsonObject, objects, parse_json

if TYPE_CHECKING:
    from spantally_processor.otlp.values import Attributes

PARTS = "spantally.usage.parts"

_COMPACTION = "anthropic.usage.compaction."
"""Tokens of a compaction, which the Anthropic SDK's own span keeps apart from the call's."""


def parts_of(attributes: Attributes) -> tuple[tuple[UsagePart, ...], str]:
    """Returns the parts, and what is wrong with those that could not be read."""
    try:
        return (*_compaction(attributes), *_listed(reading.text(attributes, PARTS))), ""
    except (Malformed, InvalidUsage, reading.CountFault) as error:
        return (), f"{PARTS}: {error}"


def _listed(packed: str) -> list[UsagePart]:
    if not packed:
        return []
    wrapped = parse_json(b'{"parts": %s}' % packed.encode())
    return [_part(item) for item in objects(wrapped, "parts")]


def _part(item: JsonObject) -> UsagePart:
    counts = item.get("usage")
    if not isinstance(counts, dict):
        raise Malformed("a part has no usage")
    kind, model = item.get("kind"), item.get("model")
    return UsagePart(
        kind=kind if isinstance(kind, str) else "",
        model=model if isinstance(model, str) else None,
        usage=Usage(
            {
                meter: reading.count_of(
                    meter, value if isinstance(value, int | float | str) else None
                )
                for meter, value in counts.items()
            }
        ),
    )


def _compaction(attributes: Attributes) -> list[UsagePart]:
    counts = {
        meter: value
        for meter in ("input_tokens", "output_tokens")
        if (value := reading.count(attributes, _COMPACTION + meter)) is not None
    }
    if not counts:
        return []
    # The model that answered compacts its own context; another one is never named.
    model = reading.text(attributes, "gen_ai.response.model", "gen_ai.request.model") or None
    return [UsagePart(kind="compaction", model=model, usage=Usage(counts))]
