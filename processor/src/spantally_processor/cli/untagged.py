"""`spantally untagged`: services that reached a provider with nobody named for it, or by an unclaimed key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from spantally_processor.attribution_file import attribution_in
from spantally_processor.cli.options import (
    EXIT_NOTHING_FOUND,
    ledger_options,
    opened,
    period_options,
)
from spantally_processor.cli.terminal import console
from spantally_processor.errors import ConfigError
from spantally_processor.reporting.numbers import column_decimals, exact, money
from spantally_processor.reporting.text_table import print_table, text_table
from spantally_processor.reporting.visible import visible
from spantally_processor.store.untagged import untagged_services

if TYPE_CHECKING:
    from spantally_processor.periods import Period
    from spantally_processor.store.untagged import UntaggedService

HELP = """Services that reached a provider with nobody named for it, or by a key that nobody has claimed.

One row for each service, provider and API key, the costliest first. A key is shown by its fingerprint, a
keyed hash. Nobody is named where a call has no team, project, feature, workflow or customer.

\b
Examples:
  spantally untagged --last 7d
  spantally untagged --last 7d --attribution owners.toml
  spantally untagged --last 7d --json

Keys are claimed in the section [attribution.api_keys] of the file that `spantally serve --attribution` reads:

\b
  [attribution.api_keys.4c27f018564a5f62]
  team = "search"

From then on the calls of that key have this team, unless they say another one themselves. Exit code 1:
nothing of the kind was found.
"""


@click.command("untagged", help=HELP)
@period_options
@ledger_options
@click.option(
    "--attribution",
    type=click.Path(path_type=Path),
    envvar="SPANTALLY_ATTRIBUTION",
    metavar="FILE",
    help="TOML file with the claimed keys; lists unclaimed ones as well. [env: SPANTALLY_ATTRIBUTION]",
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
def untagged(*, period: Period, ledger: str, attribution: Path | None, as_json: bool) -> None:
    """Show who is not named, and which keys are nobody's."""
    claimed = _claimed(attribution)
    with opened(ledger) as engine:
        services = untagged_services(engine, period, claimed)
    if as_json:
        rows = [_as_json(service, any_claimed=bool(claimed)) for service in services]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif services:
        _print(services, any_claimed=bool(claimed))
    else:
        click.echo("No call in this period reached a provider with nobody named for it.")
    if not services:
        raise click.exceptions.Exit(EXIT_NOTHING_FOUND)


def _claimed(file: Path | None) -> list[str]:
    try:
        return list(attribution_in(file).api_keys) if file else []
    except ConfigError as error:
        raise click.UsageError("\n".join(error.faults)) from None


def _print(services: list[UntaggedService], *, any_claimed: bool) -> None:
    decimals = column_decimals(service.cost for service in services)
    table = text_table()
    for name in ("service", "provider"):
        table.add_column(name, overflow="fold")
    table.add_column("key", no_wrap=True)
    if any_claimed:
        table.add_column("claimed")
    for name in ("untagged", "cost", "last call"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in services:
        is_lower_bound = one.is_lower_bound and one.cost is not None
        table.add_row(
            Text(visible(one.service or "(no name)")),
            Text(one.provider),
            one.key_fingerprint or "not said",
            *([_CLAIMED[_is_claimed(one, any_claimed=any_claimed)]] if any_claimed else []),
            f"{one.untagged_calls:,} of {one.calls:,}",
            money(one.cost, lower_bound=is_lower_bound, decimals=decimals),
            f"{one.last_call:%Y-%m-%d}",
        )
    print_table(table, console())


_CLAIMED = {True: "yes", False: "no", None: ""}


def _is_claimed(service: UntaggedService, *, any_claimed: bool) -> bool | None:
    """None where nobody claims keys, or the key is not known."""
    return service.is_claimed if any_claimed and service.key_fingerprint else None


def _as_json(service: UntaggedService, *, any_claimed: bool) -> dict[str, object]:
    return {
        "service": service.service,
        "provider": service.provider,
        "key_fingerprint": service.key_fingerprint or None,
        "key_is_claimed": _is_claimed(service, any_claimed=any_claimed),
        "calls": service.calls,
        "untagged_calls": service.untagged_calls,
        "unpriced_calls": service.unpriced_calls,
        "known_cost": exact(service.cost),
        "is_lower_bound": service.is_lower_bound,
        "first_call": service.first_call.isoformat(),
        "last_call": service.last_call.isoformat(),
    }
