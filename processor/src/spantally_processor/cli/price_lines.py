"""One line of `spantally price`: a usage as JSON to its cost as JSON.

A line that cannot be read is an answer too, `invalid` with the reason, so that one bad line does not
cost the others. Amounts are decimal strings, exact.
"""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

import orjson
from spantally_pricing import Cost, InvalidUsage, RateTable, Unpriced, UnpricedReason, Usage
from spantally_pricing.document import decimal_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from spantally_pricing import CostLine

Json = dict[str, object]

PRICED = "priced"

KEYS = ("id", "provider", "model", "timestamp", "usage", "context")
"""What a line may say; other keys are for the caller's own use."""


class BadLine(ValueError):
    """A line that is no call."""


def answer(line: bytes, table: RateTable) -> Json:
    """What one line of input costs."""
    id_: object = None
    try:
        call = _object(line)
        id_ = call.get("id")
        _check_keys(call)
        usage = _usage(call)
        provider, model, at = _text(call, "provider"), _text(call, "model"), _time(call)
        context = _context(call)
    except (BadLine, InvalidUsage) as error:
        return _answer(id_, "invalid", None, str(error), table)
    outcome = table.price(usage, provider=provider, model=model, at=at, context=context)
    if isinstance(outcome, Unpriced):
        status = "invalid" if outcome.reason is UnpricedReason.INVALID_USAGE else "unpriced"
        said = _answer(id_, status, None, outcome.reason.value, table)
        return {**said, "detail": outcome.detail}
    gaps = list(outcome.missing)
    if "input_tokens" in usage and "output_tokens" not in usage:
        # Not reported is not 0: where output has a rate, this is a lower bound.
        one = Usage({**usage, "output_tokens": 1})
        with_one = table.price(one, provider=provider, model=model, at=at, context=context)
        if isinstance(with_one, Cost) and with_one.amount != outcome.amount:
            gaps.append("output_tokens: not reported")
    if gaps:
        return _answer(id_, "partially_priced", outcome, ", ".join(gaps), table)
    return _answer(id_, PRICED, outcome, None, table)


def line_as_json(line: CostLine, *, with_list: bool = False) -> Json:
    """One meter: `amount = quantity * unit_price / per * factors`."""
    said: Json = {
        "model": line.model,
        "meter": line.meter,
        "quantity": int(line.quantity),
        "unit_price": decimal_text(line.unit_price),
        "per": line.per,
        "factors": {name: decimal_text(factor) for name, factor in line.factors},
        "amount": decimal_text(line.amount),
        "rate_id": line.rate_id,
    }
    if with_list:
        said["list_amount"] = _text_of(line.list_amount)
        said["list_rate_id"] = line.list_rate_id
    return said


def is_contracted(cost: Cost) -> bool:
    """Whether a contract made a difference to some line."""
    return any(line.rate_id != line.list_rate_id for line in cost.lines)


def _text_of(amount: Decimal | None) -> str | None:
    return None if amount is None else decimal_text(amount)


def _answer(
    id_: object, status: str, cost: Cost | None, reason: str | None, table: RateTable
) -> Json:
    contracted = cost is not None and is_contracted(cost)
    said: Json = {
        "id": id_,
        "status": status,
        "cost_usd": None if cost is None else decimal_text(cost.amount),
        "reason": reason,
        "lines": []
        if cost is None
        else [line_as_json(line, with_list=contracted) for line in cost.lines],
        "table_version": table.version,
    }
    if cost is not None and contracted:
        said["list_cost_usd"] = _text_of(cost.list_amount)
    return said


def _check_keys(call: Mapping[str, object]) -> None:
    """Raises BadLine for a key that is nearly one of ours, which is not there: it is misspelt."""
    for key in call:
        near = get_close_matches(key, [known for known in KEYS if known not in call], 1, 0.8)
        if near and key not in KEYS:
            raise BadLine(f"{key} is unknown; did you mean {near[0]!r}?")


def _object(line: bytes) -> Mapping[str, object]:
    try:
        value: object = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadLine(f"a line is a JSON object, not {type(value).__name__}")
    return cast("dict[str, object]", value)


def _text(call: Mapping[str, object], key: str) -> str:
    value = call.get(key)
    if not isinstance(value, str) or not value:
        raise BadLine(f"{key} is {value!r}; expected a name")
    return value


def _usage(call: Mapping[str, object]) -> Usage:
    counts = call.get("usage")
    if not isinstance(counts, dict):
        raise BadLine(
            f"usage is {counts!r}; expected counts by meter such as {{'input_tokens': 10}}"
        )
    return Usage(cast("dict[str, int]", counts))


def _time(call: Mapping[str, object]) -> datetime:
    said = call.get("timestamp")
    if isinstance(said, str):
        at = time_of(said)
        if at is not None:
            return at
    raise BadLine(f"timestamp is {said!r}; expected a time with zone: 2026-11-10T12:00:00Z")


def time_of(text: str) -> datetime | None:
    """The time in UTC; None when it is none or has no zone."""
    try:
        at = datetime.fromisoformat(text)
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _context(call: Mapping[str, object]) -> dict[str, str]:
    said = call.get("context")
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise BadLine(f"context is {said!r}; expected texts such as {{'processing': 'batch'}}")
    for key, value in cast("dict[str, object]", said).items():
        if not isinstance(value, str):
            raise BadLine(f"context {key} is {value!r}; expected a text")
    return cast("dict[str, str]", said)
