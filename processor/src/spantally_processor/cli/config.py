"""`spantally config`: is a configuration right, what holds, what can be set.

Exit codes: 0 all is well, 2 the configuration has a fault or cannot be read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spantally_processor.config_file import load_settings
from spantally_processor.config_reference import printed, reference
from spantally_processor.errors import ConfigError

EXIT_SETTINGS = 2

_FILE = click.argument(
    "file",
    required=False,
    envvar="SPANTALLY_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
)


@click.group(name="config")
def config() -> None:
    """Check or show the configuration of `spantally serve`, or list what can be set."""


@config.command()
@_FILE
def check(file: Path | None) -> None:
    """Name every fault of FILE, of the files it names and of the environment, or say that there is none."""
    try:
        load_settings(file, with_files=True)
    except ConfigError as error:
        click.echo(error, err=True)
        sys.exit(EXIT_SETTINGS)
    click.echo(f"{file or 'the configuration'} is right")


@config.command(name="print")
@_FILE
def print_(file: Path | None) -> None:
    """Show what holds: FILE, the environment and the defaults, without secrets."""
    try:
        settings = load_settings(file)
    except ConfigError as error:
        click.echo(error, err=True)
        sys.exit(EXIT_SETTINGS)
    click.echo(printed(settings), nl=False)


@config.command(name="reference")
def reference_() -> None:
    """Everything that can be set, as the Markdown page docs/reference/configuration.md."""
    click.echo(reference(), nl=False)
