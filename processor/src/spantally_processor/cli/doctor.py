"""`spantally doctor`: the instrumentation's own command, where that is installed beside the processor."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import click

HELP = """What loses cost, tags or privacy in an app's environment.

The doctor is a part of the instrumentation, and looks at the environment that it runs in: with the app's
Python, and the app's environment variables:

\b
  opentelemetry-instrument python -m spantally.doctor

`spantally doctor` runs it with the Python of this command, for an app that is installed beside it.

\b
Examples:
  spantally doctor
  spantally doctor --offline --json

Exit code: 0 nothing found, 1 something to correct (lines with FIX), 2 the doctor itself could not run.
"""


@click.command("doctor", help=HELP, context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def doctor(ctx: click.Context, options: tuple[str, ...]) -> None:
    """Run the doctor with this command's Python."""
    if find_spec("spantally") is None:
        raise click.UsageError(
            "the instrumentation is not installed here; run the doctor where the app is:\n"
            "  opentelemetry-instrument python -m spantally.doctor"
        )
    command = [sys.executable, "-m", "spantally.doctor", *options]
    ctx.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - what was typed
