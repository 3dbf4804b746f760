"""`spantally rates`: look into the rate table, compare it, check files for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from spantally_pricing import RateTable, RateTableError, Unpriced

from spantally_processor.cli.price_lines import time_of
from spantally_processor.cli.rate_cards import no_rates, providers_of, row_as_json, row_as_text
from spantally_processor.cli.rate_tables import FILE, rates_option
from spantally_processor.periods import Period

if TYPE_CHECKING:
    from spantally_pricing import ModelRates
    from spantally_pricing.importing import Difference, Workload

EXIT_FINDING = 1

HELP = """The rate table: dated prices with their sources, known by the hash of its content.

\b
  spantally rates list                        providers, or with --provider its models
  spantally rates show claude-opus-5-5        rates in force; --at 2026-03-01T00:00:00Z for another time
  spantally rates history gpt-5.6-sol         every row, oldest first
  spantally rates diff bundled contract.toml  what changes, in money
  spantally rates validate my-rates.toml      every fault, by file and line
  spantally rates import genai-prices         a second opinion from an installed public table

Rates are USD for 1,000,000 tokens or characters, 1,000 calls, pages or images, a billion pixels, or an hour.

\b
Exit codes: 0 ok, 1 a finding (nothing found, a fault, a difference), 2 wrong command line.
"""

JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable, exact.")
PROVIDER = click.option("--provider", metavar="NAME", help="Only this provider.")


def _at(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime:
    at = datetime.now(UTC) if value is None else time_of(value)
    if at is None:
        raise click.BadParameter(
            f"{value!r} is no time with zone, such as 2026-11-10T12:00:00Z", ctx, param
        )
    return at


AT = click.option("--at", callback=_at, metavar="TIME", help="As of then, with zone; default now.")


@click.group(name="rates", help=HELP)
def rates() -> None:
    """Only a group."""


@rates.command(name="list")
@PROVIDER
@rates_option
@JSON
def list_(*, provider: str | None, table: RateTable, as_json: bool) -> None:
    """Providers and how many models each has; with --provider its models."""
    found = [
        doc
        for doc in table.documents()
        if provider is None or provider in {doc["provider"], *doc["names"]}
    ]
    if as_json:
        said = [
            {
                "provider": doc["provider"],
                "names": doc["names"],
                "models": [
                    {"id": model["id"], "ids": model["ids"], "rows": len(model["rows"])}
                    for model in doc["models"]
                ],
                "aliases": [alias["name"] for alias in doc["aliases"]],
            }
            for doc in found
        ]
        click.echo(json.dumps({"table_version": table.version, "providers": said}, indent=2))
    elif provider is not None:
        for doc in found:
            for model in doc["models"]:
                names = ", ".join(name for name in model["ids"] if name != model["id"])
                click.echo(model["id"] + (f"  ({names})" if names else ""))
    else:
        for doc in found:
            rows = sum(len(model["rows"]) for model in doc["models"])
            click.echo(f"{doc['provider']:<20}{len(doc['models']):>5} models{rows:>6} rows")
        click.echo(f"table {table.version}")
    if not found:
        click.echo(f"No provider {provider!r}.", err=True)
        raise click.exceptions.Exit(EXIT_FINDING)


@rates.command()
@click.argument("model")
@PROVIDER
@AT
@rates_option
@JSON
def show(
    *, model: str, provider: str | None, at: datetime, table: RateTable, as_json: bool
) -> None:
    """The rates of MODEL that are in force, of every provider that has them."""
    names = providers_of(table, model, at, provider)
    found = [table.lookup(name, model, at) for name in names]
    rows = [each for each in found if not isinstance(each, Unpriced)]
    for each in found:
        if isinstance(each, Unpriced):
            click.echo(each.detail, err=True)
    _print_rows(rows, table, as_json=as_json)
    if not names:
        _say(no_rates(table, model, at, provider))
    if not rows:
        raise click.exceptions.Exit(EXIT_FINDING)


@rates.command()
@click.argument("model")
@PROVIDER
@AT
@rates_option
@JSON
def history(
    *, model: str, provider: str | None, at: datetime, table: RateTable, as_json: bool
) -> None:
    """Every row of MODEL, oldest first; --at decides what an alias points at."""
    rows: list[ModelRates] = []
    for name in providers_of(table, model, at, provider):
        found = table.history(name, model, at)
        rows += () if isinstance(found, Unpriced) else found
    _print_rows(rows, table, as_json=as_json)
    if not rows:
        _say(no_rates(table, model, at, provider))
        raise click.exceptions.Exit(EXIT_FINDING)


@rates.command()
@click.argument("files", nargs=-1, type=FILE)
@JSON
def validate(*, files: tuple[Path, ...], as_json: bool) -> None:
    """Check rates, contract and mapping FILES together; without FILES the bundled table."""
    faults: list[dict[str, object]] = []
    text, version = "", None
    try:
        table = RateTable.load(files)
        version = table.version
        count = sum(1 for _ in table.rows())
        text = f"ok: {count} rows, table {version}"
    except RateTableError as error:
        text = str(error)
        faults = [{"file": f.file, "line": f.line, "message": f.message} for f in error.faults]
    if as_json:
        said = {"ok": version is not None, "faults": faults, "table_version": version}
        click.echo(json.dumps(said, indent=2))
    else:
        click.echo(text)
    if version is None:
        raise click.exceptions.Exit(EXIT_FINDING)


@rates.command()
@click.argument("before")
@click.argument("after")
@AT
@click.option(
    "--usage",
    type=click.Choice(["sample", "ledger"]),
    default="sample",
    show_default=True,
    help="What the differences are weighed with: a sample of each meter, or what the ledger has.",
)
@click.option("--data", envvar="SPANTALLY_DATA", metavar="DIR", help="Data folder of the ledger.")
@click.option("--store", envvar="SPANTALLY_STORE", metavar="URL", help="The ledger itself.")
@JSON
def diff(  # noqa: PLR0913 - one parameter an option
    *,
    before: str,
    after: str,
    at: datetime,
    usage: Literal["sample", "ledger"],
    data: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """What AFTER prices differently from BEFORE, in money.

    Each is `bundled`, a rate_table.json, a folder of rate files, or a file over the bundled table.
    List prices are compared, and what is booked where either has a contract (a file may be one). Exit code 1
    when there is a difference.
    """
    from spantally_pricing.importing import differences  # noqa: PLC0415 - slow to import

    from spantally_processor.cli.rate_differences import table_named  # noqa: PLC0415

    workload = _workload(data, store) if usage == "ledger" else None
    found = differences(table_named(before), table_named(after), at, workload=workload)
    _finish_diff(found, as_json=as_json)


@rates.command(name="import")
@click.argument("source", type=click.Choice(["genai-prices", "litellm"]))
@AT
@click.option("--litellm-map", type=FILE, help="LiteLLM's price map, instead of the installed one.")
@click.option(
    "--write",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="RATES_DIR",
    help="Write RATES_DIR/imported/*.toml anew from both sources; files in RATES_DIR lie over them.",
)
@JSON
def import_(
    *,
    source: Literal["genai-prices", "litellm"],
    at: datetime,
    litellm_map: Path | None,
    write: Path | None,
    as_json: bool,
) -> None:
    """What an installed public price table says differently, in money; with --write, renew the files.

    Nothing is fetched. Exit code 1 when there is a difference.
    """
    from spantally_pricing.importing import renew, second_opinion  # noqa: PLC0415 - slow to import
    from spantally_pricing.importing.installed import NotInstalled, sources  # noqa: PLC0415

    table = RateTable.bundled()
    try:
        found = sources(litellm_map)
        if write is None:
            changes = second_opinion(source, found, table, at).disagreements
        else:
            changes = renew(write, found, table, at).changes
    except (NotInstalled, RateTableError, OSError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    _finish_diff(changes, as_json=as_json)


def _finish_diff(found: list[Difference], *, as_json: bool) -> None:
    from spantally_processor.cli.rate_differences import (  # noqa: PLC0415
        difference_as_json,
        print_differences,
    )

    if as_json:
        click.echo(json.dumps([difference_as_json(each) for each in found], indent=2))
    elif found:
        print_differences(found)
    else:
        click.echo("No difference.")
    if found:
        raise click.exceptions.Exit(EXIT_FINDING)


def _workload(data: str | None, store: str | None) -> Workload:
    from spantally_processor.cli.options import opened  # noqa: PLC0415 - loads ClickHouse
    from spantally_processor.store import booked  # noqa: PLC0415
    from spantally_processor.store.location import store_url  # noqa: PLC0415

    with opened(store_url(store=store, data=data)) as engine:
        return booked.metered_usage(engine, Period())


def _print_rows(rows: list[ModelRates], table: RateTable, *, as_json: bool) -> None:
    if as_json:
        said = {"table_version": table.version, "rows": [row_as_json(row) for row in rows]}
        click.echo(json.dumps(said, indent=2))
    for number, row in enumerate([] if as_json else rows):
        click.echo(("\n" if number else "") + "\n".join(row_as_text(row)))


def _say(finding: str) -> None:
    click.echo(finding[0].upper() + finding[1:], err=True)
