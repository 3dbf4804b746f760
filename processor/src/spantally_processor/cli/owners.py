"""`spantally owners`: the owner catalogue, checked before it is used."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from spantally_processor.cli.options import ledger_options, opened, period_options
from spantally_processor.errors import ConfigError
from spantally_processor.owners.file import load_owners
from spantally_processor.reporting.numbers import exact
from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from spantally_processor.periods import Period

EXIT_FINDINGS = 1
EXIT_FAULTS = 2


HELP = """Who owns which service, and who answers for a team, dated: owners.toml.

`spantally serve` loads the file named by `owners` in its configuration, at its start and on SIGHUP.

Exit codes: 0 all is well; 1 something has no owner; 2 the file is faulty; 3 the ledger cannot be read.
"""


@click.group(name="owners", help=HELP)
def owners() -> None:
    """Hold the commands on the catalogue."""


@owners.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--file-only", is_flag=True, help="Do not look for services in the ledger.")
@period_options
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(*, file: Path, file_only: bool, period: Period, ledger: str, as_json: bool) -> None:
    """Name every fault of FILE, the gaps in it, and services of the ledger that have no owner by it."""
    try:
        catalogue = load_owners(file)
    except ConfigError as error:
        click.echo(error, err=True)
        sys.exit(EXIT_FAULTS)
    named = {entry.name for entry in catalogue.entries if entry.kind == "service"}
    seen: list[tuple[str, int, str | None]] = []
    if not file_only:
        with opened(ledger) as engine:
            rows = ask(engine, "services_seen", period.parameters())
            seen = [(name, calls, exact(cost)) for name, calls, cost in rows if name not in named]
    gaps, teams = catalogue.gaps(), catalogue.teams_without_entry()
    if as_json:
        services = [{"service": name, "calls": calls, "cost": cost} for name, calls, cost in seen]
        found = {"gaps": gaps, "teams_without_entry": teams, "services_without_owner": services}
        click.echo(orjson.dumps({"version": catalogue.version, **found}))
    else:
        lines = [*gaps, *(f"team {team!r} owns a service and has no [[team]]" for team in teams)]
        lines += [
            f"service {name!r} has no owner: {calls:,} calls, {cost or 'unknown'} USD"
            for name, calls, cost in seen
        ]
        click.echo("\n".join(lines) or f"{file}: {len(catalogue.entries)} entries, all is well")
    sys.exit(EXIT_FINDINGS if gaps or teams or seen else 0)
