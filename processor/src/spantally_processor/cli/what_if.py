"""`spantally what-if`: what past calls would have cost with another model."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from spantally_processor.cli.cuts import read_cut, where_option
from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.price_lines import time_of
from spantally_processor.cli.rate_cards import no_rates, providers_of
from spantally_processor.cli.rate_tables import rates_option
from spantally_processor.cli.repricing import Target, reprice
from spantally_processor.cli.terminal import console
from spantally_processor.cli.what_if_text import print_what_if, what_if_as_json
from spantally_processor.store.spend import spend
from spantally_processor.store.usage_groups import usage_groups

if TYPE_CHECKING:
    from collections.abc import Collection

    from spantally_pricing import RateTable

    from spantally_processor.periods import Period
    from spantally_processor.store.dimensions import Cut

HELP = """What past calls would have cost with another model: the counted calls of a period, each at
the rates of MODEL that were in force when it was made.

\b
Examples:
  spantally what-if --model gpt-5-mini --last 30d
  spantally what-if --model gpt-5-mini --provider openai --where model=gpt-5
  spantally what-if --model claude-haiku-4-5 --provider anthropic --by team
  spantally what-if --model gpt-5-mini --provider openai --at now --json

It assumes the same token counts; models split text differently, and answer at different length.
Cached and written tokens are priced at MODEL's own cache rates; batch, tier and region are kept where
MODEL has a rate for them. Calls that cannot be re-priced are named with the reason, and are in
neither sum. Exit code 1: no calls in the period.
"""


def find_target(  # noqa: PLR0913 - what the options say of a model
    table: RateTable,
    *,
    provider: str | None,
    model: str,
    at: datetime | None,
    used: Collection[str],
    as_standard: bool = False,
) -> Target:
    """The model that the options name; of several providers the one that is among those `used`.

    Raises:
        click.UsageError: Nobody has rates for it, or several providers have.
    """
    when = at or datetime.now(UTC)
    names = providers_of(table, model, when, provider)
    if not names:
        raise click.UsageError(no_rates(table, model, when, provider))
    if len(names) > 1:
        names = [name for name in names if name in used] or names
    if len(names) > 1:
        raise click.UsageError(
            f"{model} has rates at {', '.join(names)}: say which with --provider"
        )
    return Target(table, names[0], model, at, as_standard)


def moment(ctx: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    """`now`, or a time with zone.

    Raises:
        click.BadParameter: It is neither.
    """
    at = datetime.now(UTC) if text == "now" else None if text is None else time_of(text)
    if text is not None and at is None:
        raise click.BadParameter(
            f"{text!r}; expected now, or a time with zone: 2026-11-10T12:00:00Z", ctx, param
        )
    return at


@click.command(name="what-if", help=HELP)
@click.option("--model", required=True, metavar="MODEL", help="The model to re-price with.")
@click.option("--provider", metavar="NAME", help="Whose rates, where several sell MODEL.")
@click.option(
    "--by",
    "by",
    default="workflow",
    callback=read_cut,
    metavar="KEY[,KEY]",
    help="As in report. [workflow]",
)
@where_option
@click.option(
    "--at",
    callback=moment,
    metavar="TIME",
    help="Rates in force then (`now`: today's) instead of at each call's time.",
)
@click.option(
    "--as-standard",
    is_flag=True,
    help="Take MODEL's standard rate where it has none for a call's batch, tier or region.",
)
@period_options
@rates_option
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
@click.pass_context
def what_if(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    model: str,
    provider: str | None,
    by: Cut,
    where: dict[str, str],
    at: datetime | None,
    as_standard: bool,
    period: Period,
    table: RateTable,
    ledger: str,
    as_json: bool,
) -> None:
    """Re-price the period and print now and then."""
    with opened(ledger) as engine:
        used = [row.value[0] for row in spend(engine, period, [("provider",)])]
        target = find_target(
            table, provider=provider, model=model, at=at, used=used, as_standard=as_standard
        )
        groups = usage_groups(engine, period, by, where=where, at_each=at is None)
        found = reprice(groups, target)
    if as_json:
        click.echo(json.dumps(what_if_as_json(found, target, by), indent=2, ensure_ascii=False))
    else:
        print_what_if(found, target, by, console())
    if not found.calls:
        ctx.exit(EXIT_NOTHING_FOUND)
