"""Two rate tables compared in money, as `spantally rates diff` and `import` show it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from spantally_pricing import RateTable, RateTableError
from spantally_pricing.build import built
from spantally_pricing.document import decimal_text

from spantally_processor.cli.rate_tables import loaded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from spantally_pricing.importing import Difference

Json = dict[str, object]

SHOWN = 40
"""Differences shown to people; --json has all."""


def table_named(name: str) -> RateTable:
    """`bundled`, a rate table (JSON), a folder of rate files, or a file over the bundled table.

    Raises:
        click.UsageError: it is none of these, or has faults.
    """
    if name == "bundled":
        return RateTable.bundled()
    path = Path(name)
    try:
        if path.is_dir():
            return built(path)
        if path.suffix == ".json":
            return RateTable(path.read_bytes())
        if path.is_file():
            return loaded([path])
    except (RateTableError, OSError) as error:
        raise click.UsageError(str(error)) from error
    raise click.UsageError(
        f"{name!r} is no rate table; expected 'bundled', a rate_table.json, a folder of rate files "
        "or a rate file that goes over the bundled table"
    )


def print_differences(found: Sequence[Difference]) -> None:
    """The costliest, one a line."""
    for each in found[:SHOWN]:
        at = ", ".join(
            filter(None, (each.context, f"from {each.at_least:,}" if each.at_least else ""))
        )
        where = f"{each.provider} {each.model} {each.meter}" + (f" ({at})" if at else "")
        click.echo(
            f"{_impact(each.impact):>12}  {where}: {_rate(each.before)} -> {_rate(each.after)}"
        )
    if len(found) > SHOWN:
        click.echo(f"… {len(found) - SHOWN} more; --json has all")


def difference_as_json(each: Difference) -> Json:
    """With exact amounts as strings."""
    return {
        "provider": each.provider,
        "model": each.model,
        "meter": each.meter,
        "context": each.context,
        "at_least": each.at_least,
        "before": _exact(each.before),
        "after": _exact(each.after),
        "quantity": _exact(each.quantity),
        "impact_usd": _exact(each.impact),
    }


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _rate(value: Decimal | None) -> str:
    return "no rate" if value is None else decimal_text(value)


def _impact(value: Decimal | None) -> str:
    return "?" if value is None else f"{value:+,.4f} $"
