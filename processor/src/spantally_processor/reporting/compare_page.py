"""A moment's before and after as a page and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from spantally_processor.periods import zone_name
from spantally_processor.reporting.as_json import named_value, period_as_json
from spantally_processor.reporting.lines import columns_of, value_names
from spantally_processor.reporting.numbers import duration, exact, money, percent, plural
from spantally_processor.reporting.page import Grid, Notes, Page, Row
from spantally_processor.reporting.report_page import NO_CALLS, period_line
from spantally_processor.reporting.top_page import part_of
from spantally_processor.store.comparing import FEW_TRACES
from spantally_processor.store.dimensions import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from spantally_processor.periods import Period
    from spantally_processor.reporting.page import Block, Parts
    from spantally_processor.store.comparing import Comparison, Side
    from spantally_processor.store.dimensions import Cut

Json = dict[str, object]

METHOD = (
    "95 % interval of the difference: Welch's t, traces being the independent units (a call's cost is "
    "the ratio of cost to calls over traces, linearised). Only calls with a full price are in it."
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison as it was asked for."""

    period: Period
    at: datetime
    cut: Cut
    whole: Comparison | None
    rows: Sequence[Comparison]


def compare_page(found: Compared) -> Page:
    """What a call cost before and after, whether that is more than chance, and where it changed."""
    at = found.at.astimezone(found.period.zone)
    title = "Cost of a call"
    moment = f"Before and after {at:%Y-%m-%d %H:%M} {zone_name(found.period.zone)}"
    context = [moment, *period_line(found.period)]
    whole = found.whole
    if whole is None:
        return Page(title, context, [NO_CALLS])
    blocks: list[Block] = [_measures(whole, found.period, found.at)]
    if found.cut:
        blocks.append(_by_value(found))
    blocks.append(Notes("How this is worked out", [[METHOD], *_doubts(whole)]))
    return Page(title, context, _headline(whole), blocks=blocks)


def _headline(whole: Comparison) -> Parts:
    before, after = (_each(side) for side in (whole.before, whole.after))
    parts = [f"a call cost {before} before and {after} after"]
    if whole.change is not None:
        part = part_of(whole.change, whole.before.cost_a_call)
        change = _signed(whole.change)
        parts.append(change if part is None else f"{change} ({part} %)")
    return [*parts, _verdict(whole)]


def _verdict(row: Comparison) -> str:
    if row.change is None:
        return "a side has no fully priced calls: nothing to compare"
    if row.interval is None:
        return "too few traces for an interval"
    low, high = (_signed(Decimal(bound)) for bound in row.interval)
    said = "more than chance" if row.is_clear else "may be chance"
    return f"95 % interval {low} to {high}: {said}"


def _doubts(whole: Comparison) -> list[Parts]:
    lines: list[Parts] = []
    for name, side in (("before", whole.before), ("after", whole.after)):
        if side.left_out:
            lines.append([f"{plural(side.left_out, 'call')} {name} left out: not fully priced"])
    if whole.has_few_traces:
        lines.append([f"fewer than {FEW_TRACES} traces on a side: the interval says little"])
    return lines


def _measures(whole: Comparison, period: Period, at: datetime) -> Grid:
    before, after = whole.before, whole.after
    rows = [
        ("calls", f"{before.calls:,}", f"{after.calls:,}"),
        ("traces", f"{before.traces:,}", f"{after.traces:,}"),
        ("cost", *("none" if side.cost is None else money(side.cost) for side in (before, after))),
        ("cost a call", _each(before), _each(after)),
        ("calls a trace", _ratio(before.calls, before.traces), _ratio(after.calls, after.traces)),
        ("input tokens a call", *_tokens(before, after, "input_tokens")),
        ("output tokens a call", *_tokens(before, after, "output_tokens")),
        ("input from a cache", *(_cached(side) for side in (before, after))),
    ]
    if period.has_start and period.has_end:
        rows.insert(0, ("time", _length(at - period.start), _length(period.end - at)))
    return Grid("", ("",), ("before", "after"), [Row(row) for row in rows])


def _length(time: timedelta) -> str:
    """`28 days`, `1 day 2 h 00 min`."""
    days, rest = divmod(time, timedelta(days=1))
    parts = [plural(days, "day")] if days else []
    if rest or not days:
        parts.append(duration(rest // timedelta(microseconds=1)))
    return " ".join(parts)


def _by_value(found: Compared) -> Grid:
    return Grid(
        title=f"By {', '.join(columns_of(found.cut))}, the largest effect first",
        names=columns_of(found.cut),
        numbers=("calls", "after", "a call", "after ", "change", "95 % interval"),
        rows=[
            Row(
                (
                    *value_names(found.cut, row.value),
                    f"{row.before.calls:,}",
                    f"{row.after.calls:,}",
                    _each(row.before),
                    _each(row.after),
                    "" if row.change is None else _signed(row.change),
                    _interval(row),
                )
            )
            for row in found.rows
        ],
    )


def _interval(row: Comparison) -> str:
    if row.interval is None:
        return ""
    low, high = (_signed(Decimal(bound)) for bound in row.interval)
    return f"{low} … {high}{'' if row.is_clear else ' ?'}"


def _each(side: Side) -> str:
    each = side.cost_a_call
    return "none" if each is None else money(each, decimals=_decimals(each))


def _signed(amount: Decimal) -> str:
    sign = "" if not amount else "-" if amount < 0 else "+"
    return sign + money(abs(amount), decimals=_decimals(amount))


def _decimals(amount: Decimal) -> int:
    """Enough for three digits of an amount."""
    return max(2, 2 - amount.adjusted()) if amount else 2


def _tokens(before: Side, after: Side, field: str) -> tuple[str, str]:
    counts = [(int(getattr(side, field)), side.calls) for side in (before, after)]
    return _ratio(*counts[0]), _ratio(*counts[1])


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:,.1f}" if whole else "none"


def _cached(side: Side) -> str:
    share = percent(side.cached_tokens, side.input_tokens)
    return "none" if share is None else f"{share} %"


def compare_as_json(found: Compared) -> Json:
    """The same for programs."""
    return {
        **period_as_json(found.period),
        "at": found.at.astimezone(found.period.zone).isoformat(),
        "currency": "USD",
        "method": METHOD,
        "confidence": 0.95,
        "whole": found.whole and comparison_as_json(found.whole),
        "by": ",".join(names_of(found.cut)),
        "rows": [row_as_json(found.cut, row) for row in found.rows],
    }


def row_as_json(cut: Cut, row: Comparison) -> Json:
    """A value of the cut and its comparison."""
    return named_value(cut, row.value) | comparison_as_json(row)


def comparison_as_json(row: Comparison) -> Json:
    """The numbers; costs a call to 30 digits, the interval as floating point."""
    low, high = row.interval or (None, None)
    fields: Json = {}
    for name, side in (("before", row.before), ("after", row.after)):
        fields |= {
            f"traces_{name}": side.traces,
            f"calls_{name}": side.calls,
            f"cost_{name}": exact(side.cost),
            f"cost_a_call_{name}": exact(side.cost_a_call),
            f"calls_left_out_{name}": side.left_out,
            f"input_tokens_{name}": side.input_tokens,
            f"cached_tokens_{name}": side.cached_tokens,
            f"output_tokens_{name}": side.output_tokens,
        }
    return fields | {
        "change": exact(row.change),
        "change_from": low,
        "change_to": high,
        "is_clear": row.is_clear,
        "has_few_traces": row.has_few_traces,
    }
