"""`spantally migrate`: the ledger's tables and views, this version's and those that are there.

Exit codes: 0 nothing is to be done, or it was done; 1 something is to be done (`plan`, `status`); 2 wrong
command line or settings; 3 the ledger cannot be reached, or does not fit this program.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from spantally_processor.cli.options import LedgerUnreadable
from spantally_processor.config_file import load_settings
from spantally_processor.errors import ConfigError
from spantally_processor.store import migrations, open_store
from spantally_processor.store.errors import StoreError
from spantally_processor.store.location import EmbeddedLocation, parse_store_url
from spantally_processor.store.reading import open_reader
from spantally_processor.store.roles import statements as role_statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally_processor.ledger_options import LedgerOptions
    from spantally_processor.store.migrations import Plan, Step

EXIT_TO_DO = 1

_WHY = {
    "new": "apply",
    "changed": "apply again: its text changed",
    "lost": "apply again: its view is not there",
    "stale": "apply again: what it reads changed",
    "gone": "drop: this version has no such view",
    "retention": "set how long rows are kept",
}


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What the options name."""

    url: str
    options: LedgerOptions


def _ledger_of_config(command: Callable[..., None]) -> Callable[..., None]:
    """Add --config, --store and --data; the command gets their meaning as `ledger`."""

    @wraps(command)
    def run(config: Path | None, store: str | None, data: str | None, **options: Any) -> None:
        given = {"store": store, "data": data}
        try:
            settings = load_settings(config, options={k: v for k, v in given.items() if v})
        except ConfigError as error:
            raise click.UsageError(f"wrong settings\n{error}") from None
        command(_Ledger(settings.store, settings.ledger), **options)

    for option in (
        click.option("--data", metavar="DIR", help="Data folder of `spantally serve`."),
        click.option("--store", metavar="URL", help="Ledger, instead of the one in the folder."),
        click.option(
            "--config",
            envvar="SPANTALLY_CONFIG",
            type=click.Path(dir_okay=False, path_type=Path),
            help="The TOML file of `spantally serve`: its [ledger] has cluster and retention. "
            "[env: SPANTALLY_CONFIG]",
        ),
    ):
        run = option(run)
    return run


HELP = """Tables and views of the ledger.

`spantally serve` brings them up to date when it starts. Do it here beforehand where the processor's
user may not change tables, or to see first what would be done. A ledger of a later version is left
alone. Rows are kept; nothing goes back to an earlier version.

\b
Examples:
  spantally migrate status
  spantally migrate plan --sql --store http://admin:secret@clickhouse:8123/spantally
  spantally migrate apply --config spantally.toml
  spantally migrate roles --team checkout --store http://admin:secret@clickhouse:8123/spantally

\b
Exit codes: 0 nothing to do, or done; 1 something is to be done;
2 wrong settings; 3 the ledger cannot be reached, or does not fit this program.
"""


@click.group(name="migrate", help=HELP)
def migrate() -> None:
    """Hold the commands on the tables."""


@migrate.command()
@_ledger_of_config
@click.option("--sql", is_flag=True, help="Print the statements that would be executed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def plan(ledger: _Ledger, *, sql: bool, as_json: bool) -> None:
    """What `apply` would do; changes nothing."""
    found = _planned(ledger)
    if as_json:
        steps = [
            {"file": step.name, "why": step.why, "statements": list(step.statements)}
            for step in found.steps
        ]
        layout = {"layout": str(found.shape), "creates_database": found.creates_database}
        click.echo(orjson.dumps({**layout, "steps": steps}))
    elif sql:
        click.echo(_script(found), nl=False)
    else:
        for line in _lines(found):
            click.echo(line)
    sys.exit(EXIT_TO_DO if found.steps else 0)


@migrate.command()
@_ledger_of_config
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(ledger: _Ledger, *, as_json: bool) -> None:
    """Which files the ledger has seen, when, and by which version."""
    found = _planned(ledger)
    if as_json:
        applied = [
            {
                "file": each.name,
                "sha256": each.digest,
                "program": each.program,
                "applied_at": each.applied_at.isoformat(),
            }
            for each in found.applied
        ]
        to_do = [step.name for step in found.steps]
        click.echo(orjson.dumps({"layout": str(found.shape), "applied": applied, "to_do": to_do}))
    else:
        for each in found.applied:
            click.echo(f"{each.applied_at:%Y-%m-%d %H:%M}  {each.program:<8}  {each.name}")
        click.echo(
            f"laid out for {found.shape}; {_to_do(found)}"
            + ("; see `spantally migrate plan`" if found.steps else "")
        )
    sys.exit(EXIT_TO_DO if found.steps else 0)


@migrate.command()
@_ledger_of_config
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def apply(ledger: _Ledger, *, as_json: bool) -> None:
    """Bring tables and views to this version. Safe to repeat, and beside other processors."""
    try:
        store = open_store(ledger.url, ledger.options)
        try:
            applied = store.migrate()
        finally:
            store.close()
    except StoreError as error:
        raise LedgerUnreadable(str(error)) from error
    if as_json:
        click.echo(orjson.dumps({"applied": applied}))
        return
    for name in applied:
        click.echo(f"applied {name}")
    click.echo("tables and views are those of this version")


ROLES_HELP = """Roles, row policies and bounds of queries on a ClickHouse server.

\b
spantally_reader       everything but the ids of users and what customers pay
spantally_finance      the same, and what customers pay
spantally_team_NAME    one team's calls, for each --team
spantally_writer       what serve, migrate, forget and reprice need

Give them to users of yours: grant spantally_reader to alice. Repeat it after an upgrade, and with a new
team: nothing is made twice. It needs a user who may manage access (access_management).

\b
Examples:
  spantally migrate roles --team checkout --sql --store http://admin:secret@clickhouse:8123/spantally
  spantally migrate roles --team checkout --team search --config spantally.toml
"""


@migrate.command(help=ROLES_HELP)
@_ledger_of_config
@click.option(
    "--team",
    "teams",
    multiple=True,
    metavar="NAME",
    help="A role that sees this team's calls alone.",
)
@click.option("--sql", is_flag=True, help="Print the statements, and execute none.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def roles(ledger: _Ledger, *, teams: tuple[str, ...], sql: bool, as_json: bool) -> None:
    """Make them, or print what would."""
    if not sql and isinstance(parse_store_url(ledger.url), EmbeddedLocation):
        raise click.UsageError(
            "an embedded ledger has no roles: its readers have tokens ([[readers]] of the configuration). "
            "Name a server with --store, or print the statements with --sql"
        )
    try:
        with open_reader(ledger.url, up_to_date=False) as engine:
            made = role_statements(engine, teams)
            for statement in () if sql else made:
                engine.command(statement)
    except StoreError as error:
        raise LedgerUnreadable(str(error)) from error
    if as_json:
        click.echo(orjson.dumps({"executed": not sql, "statements": made}))
    elif sql:
        click.echo("".join(f"{each};\n\n" for each in made), nl=False)
    else:
        click.echo(f"{len(made)} statements executed; `--sql` shows them")


def _planned(ledger: _Ledger) -> Plan:
    try:
        with open_reader(ledger.url, up_to_date=False) as engine:
            return migrations.plan(engine, ledger.options)
    except StoreError as error:
        raise LedgerUnreadable(str(error)) from error


def _lines(found: Plan) -> list[str]:
    database = [f"create database {found.shape.database}"] if found.creates_database else []
    return [*database, *map(_line, found.steps), f"for {found.shape}: {_to_do(found)}"]


def _line(step: Step) -> str:
    return f"{step.name:<32}  {_WHY[step.why]}"


def _to_do(found: Plan) -> str:
    many = len(found.steps)
    return f"{many} to do" if many else "nothing to do"


def _script(found: Plan) -> str:
    statements = [each for step in found.steps for each in step.statements]
    if found.creates_database:
        name, clause = found.shape.database, found.shape.on_cluster
        statements = [f"create database if not exists {name}{clause}", *statements]
    return "".join(f"{each};\n\n" for each in statements)
