"""Usage that is billed beside a call's own: `spantally.usage.parts`, and what the SDKs say of it.

The parts of kind `batch` are not beside it: they are what the call's counts are the sum of, response by
response, since the size of each one's prompt decides its price. They come in columns.

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
    from collections.abc import Iterable, Iterator

    from spantally_processor.otlp.values import Attributes

PARTS = "spantally.usage.parts"

_BATCH = '[{"kind":"batch"'

_COMPACTION = "anthropic.usage.compaction."
"""Tokens of a compaction, which the Anthropic SDK's own span keeps apart from the call's."""


def parts_of(attributes: Attributes) -> tuple[tuple[UsagePart, ...], str]:
    """Returns the parts, and what is wrong with those that could not be read."""
    try:
        return (*_compaction(attributes), *_listed(reading.text(attributes, PARTS))), ""
    except (Malformed, InvalidUsage, reading.CountFault) as error:
        # The sum of a batch has no price of its own: a limit of attribute lengths may have cut the parts.
        is_batch = reading.text(attributes, PARTS).startswith(_BATCH)
        lost = (UsagePart(kind="batch", model=None, usage=Usage({})),) if is_batch else ()
        return lost, f"{PARTS}: {error}"


def _listed(packed: str) -> list[UsagePart]:
    if not packed:
        return []
    wrapped = parse_json(b'{"parts": %s}' % packed.encode())
    return [
        UsagePart(kind=_text(item, "kind") or "", model=_text(item, "model"), usage=usage)
        for item in objects(wrapped, "parts")
        for usage in _usages(item)
    ]


def _text(item: JsonObject, key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) else None


def _usages(item: JsonObject) -> Iterator[Usage]:
    """Yields the usage of a part, or of each row where the parts of one model come in columns."""
    counts, meters = item.get("usage"), item.get("meters")
    if isinstance(counts, dict):
        yield _usage(counts.items())
    elif isinstance(meters, list):
        rows = item.get("counts")
        for row in rows if isinstance(rows, list) else [rows]:
            if not isinstance(row, list) or len(row) != len(meters):
                raise Malformed("a row of counts has not one for each meter")
            yield _usage(zip(map(str, meters), row, strict=True))
    else:
        raise Malformed("a part has no usage")


def _usage(counts: Iterable[tuple[str, object]]) -> Usage:
    return Usage(
        {
            meter: reading.count_of(meter, value if isinstance(value, int | float | str) else None)
            for meter, value in counts
        }
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
