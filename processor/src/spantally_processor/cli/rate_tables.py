"""The rate table that a command works with: the bundled one, with the files of `--rates` over it."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from spantally_pricing import RateTable, RateTableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def rates_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add --rates; the command gets the table as `table`."""

    @wraps(command)
    def run(*args: Any, rates: tuple[Path, ...], **options: Any) -> None:
        command(*args, table=loaded(rates), **options)

    return click.option(
        "--rates",
        envvar="SPANTALLY_RATES",
        multiple=True,
        type=FILE,
        metavar="FILE",
        help="Rates, contract or mapping file over the bundled price list. Repeatable. "
        "[env: SPANTALLY_RATES]",
    )(run)


def loaded(files: Iterable[Path]) -> RateTable:
    """The bundled table with these files over it.

    Raises:
        click.UsageError: with every fault of every file.
    """
    try:
        return RateTable.load(files)
    except RateTableError as error:
        raise click.UsageError(str(error)) from error
