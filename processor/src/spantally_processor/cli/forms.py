"""The forms that an answer can take, and where it goes."""

from __future__ import annotations

import json
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spantally_processor.cli.terminal import console
from spantally_processor.cli.unwritable import Unwritable
from spantally_processor.reporting.as_html import page_as_html
from spantally_processor.reporting.as_markdown import page_as_markdown
from spantally_processor.reporting.as_text import print_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally_processor.reporting.page import Page

FORMS = ("text", "json", "csv", "markdown", "html")

_SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown", ".html": "html", ".txt": "text"}


def form_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --format, --json and --output; the command gets a `form` and an `output`."""

    @wraps(command)
    def run(
        *args: Any, form: str | None, as_json: bool, output: Path | None, **options: Any
    ) -> None:
        if as_json and form not in {None, "json"}:
            raise click.UsageError(f"give --json or --format {form}, not both")
        by_suffix = _SUFFIXES.get(output.suffix.lower(), "text") if output else "text"
        chosen = "json" if as_json else form or by_suffix
        command(*args, form=chosen, output=output, **options)

    for option in reversed(
        (
            click.option(
                "--format",
                "form",
                type=click.Choice(FORMS),
                help="How the answer is written; html has charts, json and csv have exact amounts. "
                "[default: by the suffix of --output, else text]",
            ),
            click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
            click.option(
                "--output",
                "-o",
                type=click.Path(dir_okay=False, path_type=Path),
                help="Write to this file instead: x.html, x.md, x.csv, x.json.",
            ),
        )
    ):
        run = option(run)
    return run


def answer(
    form: str,
    output: Path | None,
    *,
    page: Callable[[], Page],
    as_json: Callable[[], object],
    as_csv: Callable[[], str],
) -> None:
    """Write an answer in the form that was asked for; only that one is made.

    Raises:
        Unwritable: The file cannot be written.
    """
    if form == "text" and output is None:
        print_page(page(), console())
        return
    match form:
        case "json":
            text = json.dumps(as_json(), indent=2, ensure_ascii=False) + "\n"
        case "csv":
            text = as_csv()
        case "markdown":
            text = page_as_markdown(page())
        case "html":
            text = page_as_html(page())
        case _:
            plain = console()
            with plain.capture() as captured:
                print_page(page(), plain)
            text = captured.get()
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unwritable(f"cannot write {output}: {error.strerror}") from error
