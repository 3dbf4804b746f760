"""The top contributors as a page, as JSON and as CSV rows."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from spantally_processor.reporting.as_json import coverage_of, named_value, period_as_json
from spantally_processor.reporting.lines import columns_of, title_of
from spantally_processor.reporting.numbers import EXACT, Precision, exact, percent, plural
from spantally_processor.reporting.page import Grid, Kind, Notes, Page, Row
from spantally_processor.reporting.report_page import NO_CALLS, period_line
from spantally_processor.store.dimensions import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spantally_processor.reporting.page import Block, Parts
    from spantally_processor.reporting.top import Contributor, Contributors
    from spantally_processor.store.spend import Spend

Json = dict[str, object]

NEW, GONE = "new", "gone"


def by_change(rows: Sequence[Contributor]) -> list[Contributor]:
    """The largest changes first, up or down; unknown ones last."""
    return sorted(rows, key=lambda row: -abs(row.change) if row.change is not None else 1)


def top_page(found: Contributors, rows: Sequence[Contributor], limit: int) -> Page:
    """At most `limit` of the rows, as they are sorted, with how the total changed and who drove it."""
    title = f"Top {title_of(found.cut)}"
    context = [
        *period_line(found.period),
        *(f"Before: {line[0].lower()}{line[1:]}" for line in period_line(found.period_before)),
    ]
    if found.total is None:
        return Page(title, context, [NO_CALLS])
    totals = (found.total, found.total_before)
    is_bound = any(each.is_lower_bound for each in totals if each)
    precision = Precision.of([each.cost for each in totals if each], is_lower_bound=is_bound)
    blocks: list[Block] = [_grid(found, rows[:limit], precision)]
    if rest := rows[limit:]:
        blocks.append(Notes(f"Not shown: {len(rest):,} more", [["→ --count N shows more of them"]]))
    return Page(
        title=title,
        context=context,
        headline=_headline(found, found.total, precision),
        opening=_drivers(found, precision),
        remarks=_certainty(found),
        blocks=blocks,
    )


def _headline(found: Contributors, whole: Spend, precision: Precision) -> Parts:
    parts = [f"total {precision.money(whole.cost, lower_bound=whole.is_lower_bound)}"]
    before = found.total_before
    if before is None:
        return [*parts, "no calls in the period before"]
    amount = precision.money(before.cost, lower_bound=before.is_lower_bound)
    return [*parts, f"{amount} before", _signed(found.change, before.cost, precision)]


def _drivers(found: Contributors, precision: Precision) -> Parts:
    """`Rose most: finance +$40.00 (61.0 % of all rises)`, and what fell most."""
    parts: Parts = []
    for word, sign in (("rose", 1), ("fell", -1)):
        moved = [row for row in found.rows if (row.change or 0) * sign > 0]
        if moved:
            most = max(moved, key=lambda row: abs(row.change or 0))
            together = sum((abs(row.change or 0) for row in moved), Decimal(0))
            share = percent(abs(most.change or 0), together)
            change = _signed(most.change, None, precision)
            all_of_them = "of all that rose" if sign > 0 else "of all that fell"
            parts.append(
                f"{word} most: {' · '.join(most.names)} {change} ({share} % {all_of_them})"
            )
    return parts


def _certainty(found: Contributors) -> list[Parts]:
    lines: list[Parts] = []
    for name, whole in (("now", found.total), ("before", found.total_before)):
        if whole is None:
            continue
        said = coverage_of(whole)
        parts = [
            f"{value} % of {what}"
            for what, value in (
                ("tokens priced", said["tokens_priced_percent"]),
                ("spend attributed to somebody", said["spend_attributed_percent"]),
                ("calls with usage reported", said["usage_reported_percent"]),
            )
            if value is not None
        ]
        lines.append([f"{name}: {plural(whole.calls, 'call')}", *parts])
    return lines


def _grid(found: Contributors, rows: Sequence[Contributor], precision: Precision) -> Grid:
    return Grid(
        title="",
        names=("#", *columns_of(found.cut)),
        numbers=("cost", "share", "was", "before", "change", "%"),
        rows=[
            Row(
                (
                    _rank(row),
                    *row.names,
                    *_cells(row, precision),
                ),
                Kind.PLAIN if _rank(row) else Kind.FAINT,
            )
            for row in rows
        ],
    )


def _rank(row: Contributor) -> str:
    return str(row.now.rank) if row.now and row.now.rank else ""


def _was(row: Contributor) -> str:
    """The place before, `new` for what was not there, `gone` for what is not there any more."""
    if row.now is None:
        return GONE
    if row.before is None:
        return NEW
    return str(row.before.rank or "")


def _cells(row: Contributor, precision: Precision) -> tuple[str, ...]:
    now, before = (each.line if each else None for each in (row.now, row.before))
    change = _signed(row.change, before.cost if before else None, precision)
    amount, _, part = change.partition(" (")
    return (
        precision.money(now.cost, lower_bound=now.is_lower_bound) if now else "",
        f"{now.share:.1f} %" if now and now.share is not None else "",
        _was(row),
        precision.money(before.cost, lower_bound=before.is_lower_bound) if before else "",
        amount,
        part.rstrip(")"),
    )


def _signed(change: Decimal | None, before: Decimal | None, precision: Precision) -> str:
    """`+$12.00 (+8.3 %)`; without a part when nothing was before."""
    if change is None:
        return "unknown"
    sign = "" if not change else "-" if change < 0 else "+"
    text = sign + precision.money(abs(change))
    part = part_of(change, before)
    return text if part is None else f"{text} ({part} %)"


def part_of(change: Decimal, before: Decimal | None) -> str | None:
    """A change in percent of what was before, signed; None when that was nothing or is unknown."""
    if not before:
        return None
    with localcontext(EXACT):
        return f"{change * 100 / before:+.1f}"


def top_as_json(found: Contributors, rows: Sequence[Contributor], limit: int) -> Json:
    """The same for programs."""
    return {
        **period_as_json(found.period),
        "before": period_as_json(found.period_before),
        "currency": "USD",
        "by": ",".join(names_of(found.cut)),
        "total": _whole(found.total),
        "total_before": _whole(found.total_before),
        "change": exact(found.change),
        "rows": [contributor_as_json(found, row) for row in rows[:limit]],
        "rows_not_shown": len(rows[limit:]),
    }


def contributor_as_json(found: Contributors, row: Contributor) -> Json:
    """One row; null where there is no rank, no share, or a cost is unknown."""
    now, before = row.now, row.before
    share, was = (
        f"{each.line.share:.1f}" if each and each.line.share is not None else None
        for each in (now, before)
    )
    cost_before = before.line.cost if before else None
    return {
        **named_value(found.cut, row.value),
        "rank": now.rank if now else None,
        "rank_before": before.rank if before else None,
        "state": NEW if before is None else GONE if now is None else "there",
        "cost": exact(now.line.cost) if now else "0",
        "is_lower_bound": bool(now and now.line.is_lower_bound),
        "share_percent": share,
        "cost_before": exact(cost_before) if before else "0",
        "is_lower_bound_before": bool(before and before.line.is_lower_bound),
        "share_percent_before": was,
        "change": exact(row.change),
        "change_percent": None if row.change is None else part_of(row.change, cost_before),
        "calls": now.line.calls if now else 0,
        "calls_before": before.line.calls if before else 0,
    }


def _whole(whole: Spend | None) -> Json | None:
    if whole is None:
        return None
    return {
        "cost": exact(whole.cost),
        "is_lower_bound": whole.is_lower_bound,
        "calls": whole.calls,
        **coverage_of(whole),
    }
