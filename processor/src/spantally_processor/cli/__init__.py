"""The command `spantally`. Each subcommand is the module of its name, loaded when it is called.

Exit codes, the same for every command that reads:

    0  answered
    1  nothing was found: no calls in the period, no such trace
       (`price`: a line is not fully priced; `rates`: a fault or a difference)
    2  the command line or a file named on it is wrong, or the answer cannot be written
    3  the ledger cannot be read: none there, unreachable, or in use by a process that serves no reads
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from spantally_processor.cli.unwritable import FULL, Unwritable

COMMANDS = {
    "serve": "Receive OpenTelemetry spans, price them, keep the ledger.",
    "report": "Who spent what: by workflow, team, feature, customer, model or any tag.",
    "top": "Who spent most: share, rank, and what changed against the period before.",
    "compare": "What a call cost before and after a moment, and whether that is more than chance.",
    "export": "Calls or charges in a file: CSV, JSON lines, Parquet, FOCUS 1.3.",
    "trace": "What one agent run cost, step by step.",
    "price": "What usages cost: JSON lines in, JSON lines out. Needs no server.",
    "rates": "The rate table: list, show, history, diff, validate, import.",
    "lost-tags": "Where tags get lost on the way to calls: the boundary, calls, dollars.",
    "doctor": "What loses cost, tags or privacy in an app's environment.",
    "untagged": "Services whose calls name nobody, or use an API key that nobody has claimed.",
    "rollup": "Bring spend by hour and day up to date; serve does it every minute.",
    "reprice": "Price the past again with other rates, beside what was booked.",
    "restatements": "What was priced again, by whom, when, why, and what that changed.",
    "what-if": "What past calls would have cost with another model.",
    "break-even": "From how many tokens a day on own hardware is cheaper than a provider.",
    "audit": "Does the ledger agree with itself, and has it all that was accepted?",
    "forget": "Take one user's id out of the ledger; what was spent stays in the totals.",
    "owners": "The owner catalogue: every fault of the file, gaps, services without owner.",
    "import": "Revenue, plans and outcomes from CSV files: for margins and cost of outcomes.",
    "migrate": "Tables, views and roles of the ledger: plan, apply, status, roles.",
    "config": "The configuration of serve: check, print, reference.",
    "dead-letters": "What a destination refused for good: list, show, replay, drop.",
    "explain": "Why a call costs what it costs: every factor, its source, and what was not taken.",
}
"""Subcommand to its line in the help; here so that the help loads none of them."""


class LazyGroup(click.Group):
    """Imports a subcommand's module only when that subcommand runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The subcommands in the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The click command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command: click.Command = getattr(import_module(f"{__name__}.{name}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; whoever closes the pipe after some lines has read enough."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _forget_output()
            return ctx.exit(0)
        except OSError as error:
            if error.errno not in FULL:
                raise
            _forget_output()
            raise Unwritable(f"the answer cannot be written: {error.strerror}") from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of subcommands, from their one-line descriptions."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _forget_output() -> None:
    """What is still to be printed goes nowhere: Python would try, and fail, once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


HELP = """LLM cost attribution on OpenTelemetry: what was spent, by whom, for what.

\b
Start the processor, send it spans, read what they cost:
  spantally serve
  spantally report
  spantally report --by team --last 7d
  spantally trace --top 5

The ledger is in ~/.local/share/spantally unless --data, --store or the environment variables
SPANTALLY_DATA and SPANTALLY_STORE say otherwise. Reading works while the processor runs and while
it does not.

\b
Exit codes: 0 answered, 1 nothing found, 2 wrong command line, or the answer cannot be written,
3 the ledger cannot be read.
"""


@click.group(cls=LazyGroup, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spantally-processor", prog_name="spantally")
def main() -> None:
    """Set up what every subcommand needs."""
    output: object = sys.stdout
    if isinstance(output, io.TextIOWrapper):
        output.reconfigure(errors="replace")  # a terminal that lacks "≥" still gets the report
