"""`spantally restatements`: what was priced again, by whom, when and why."""

from __future__ import annotations

import json

import click

from spantally_processor.cli.options import EXIT_NOTHING_FOUND, ledger_options, opened
from spantally_processor.cli.reprice_text import (
    differences_as_json,
    print_differences,
    print_restatements,
    restatement_as_json,
)
from spantally_processor.cli.terminal import console
from spantally_processor.restating import generations


@click.command(name="restatements")
@click.argument("generation", required=False)
@ledger_options
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with exact amounts.")
@click.pass_context
def restatements(ctx: click.Context, *, generation: str | None, ledger: str, as_json: bool) -> None:
    """What was priced again, by whom, when and why; of one GENERATION, by team and model.

    Exit code 1: there is none.
    """
    with opened(ledger) as engine:
        found = generations.restatements(engine, generation or "")
        one = found[0].generation if generation and len(found) == 1 else ""
        changes = generations.differences(engine, one) if one else []
    if as_json:
        rows = [restatement_as_json(each) for each in found]
        if one:
            rows[0]["differences"] = differences_as_json(changes)
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_restatements(found, console())
        if one:
            print_differences(changes, console())
    if not found:
        ctx.exit(EXIT_NOTHING_FOUND)
