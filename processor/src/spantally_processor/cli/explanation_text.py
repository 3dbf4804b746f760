"""An explanation as text for people, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from spantally_pricing.meters import METERS

from spantally_processor.cli.rate_cards import TIMES
from spantally_processor.reporting.numbers import exact, money

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from rich.console import Console

    from spantally_processor.cli.explanation import Explanation, Line, Source

Json = dict[str, object]


def print_explanation(found: Explanation, console: Console) -> None:
    """Print what it costs, line by line, where that is from, and what was not taken."""
    subject = found.subject
    console.print(Text(subject.title, style="bold"))
    context = ", ".join(f"{key}={value}" for key, value in subject.context.items())
    said = f"{subject.provider} {subject.model}, {subject.at:%Y-%m-%d %H:%M:%S} UTC"
    said += f", {context}" if context else ""
    console.print(Text(said, style="dim"), soft_wrap=True)
    console.print()
    is_bound = found.status == "partially_priced"
    # What a subscription pays has no amount, which is not an unknown one.
    amount = "" if found.status == "subscription" else _amount(found.cost, is_bound)
    console.print(Text(f"{found.status} {amount}".strip(), style="bold"))
    if found.list_cost is not None and found.list_cost != found.cost:
        console.print(f"{_amount(found.list_cost, is_bound)} at list price", markup=False)
    for remark in filter(None, (found.reason, *found.remarks)):
        console.print(remark, markup=False)
    if found.lines:
        console.print()
    for line in found.lines:
        for text in _line(line):
            console.print(text, markup=False, soft_wrap=True)
    for source in found.sources:
        console.print()
        _print_source(source, console)
    console.print()
    console.print(Text(f"rate table {found.table_version}", style="dim"), soft_wrap=True)


def _amount(amount: Decimal | None, is_bound: bool) -> str:
    if amount is None:
        return money(None)
    return f"{'≥ ' if is_bound else ''}{exact(amount)} USD"


def _line(line: Line) -> tuple[str, str]:
    """The multiplication and its result."""
    unit = METERS[line.meter].unit.label if line.meter in METERS else f"{line.per:,}"
    factors = "".join(
        f" {TIMES} {exact(value)}" + (f" ({name})" if name else "") for name, value in line.factors
    )
    product = (
        f"{line.quantity.normalize():,f} {TIMES} {exact(line.unit_price)} USD / {unit}{factors}"
    )
    result = f"= {exact(line.amount)} USD"
    if line.list_amount is None:
        result += ", no list price"
    elif line.list_amount != line.amount:
        result += f", {exact(line.list_amount)} at list price"
    return f"{line.meter:<21} {product}", f"{'':<22}{result}   [{line.model}, rate {line.rate_id}]"


def _print_source(source: Source, console: Console) -> None:
    until = f" until {_day(source.effective_until)}" if source.effective_until else ""
    console.print(
        Text(f"Rates of {source.model} from {_day(source.effective_from)}{until}", style="bold")
    )
    checked = f", checked {source.checked}" if source.checked else ""
    for text in filter(None, (f"{source.page}{checked}", source.note)):
        console.print(f"  {text}", markup=False, soft_wrap=True)
    if source.not_taken:
        console.print("  Not taken:")
    for what, why in source.not_taken:
        console.print(f"    {what}: {why}", markup=False, soft_wrap=True)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at.hour or at.minute else f"{at:%Y-%m-%d}"


def explanation_as_json(found: Explanation) -> Json:
    """The same with exact amounts as strings."""
    subject = found.subject
    return {
        "title": subject.title,
        "provider": subject.provider,
        "model": subject.model,
        "timestamp": subject.at.isoformat(),
        "usage": dict(subject.usage),
        "context": dict(subject.context),
        "status": found.status,
        "reason": found.reason or None,
        "cost_usd": exact(found.cost),
        "list_cost_usd": exact(found.list_cost),
        "lines": [_line_as_json(line) for line in found.lines],
        "rates": [_source_as_json(source) for source in found.sources],
        "remarks": list(found.remarks),
        "table_version": found.table_version,
    }


def _line_as_json(line: Line) -> Json:
    return {
        "model": line.model,
        "meter": line.meter,
        "quantity": exact(line.quantity),
        "unit_price": exact(line.unit_price),
        "per": line.per,
        "factors": [{"name": name, "factor": exact(value)} for name, value in line.factors],
        "amount": exact(line.amount),
        "rate_id": line.rate_id,
        "list_amount": exact(line.list_amount),
    }


def _source_as_json(source: Source) -> Json:
    until = source.effective_until
    return {
        "model": source.model,
        "effective_from": source.effective_from.isoformat(),
        "effective_until": None if until is None else until.isoformat(),
        "source": source.page,
        "checked": source.checked,
        "note": source.note,
        "not_taken": [{"what": what, "why": why} for what, why in source.not_taken],
    }
