"""What the demo prints."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.markup import escape

from stage.child import last_lines
from stage.programs import BIN, DEMO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

    from stage.checks import Check
    from stage.programs import Addresses

SPANTALLY = os.path.relpath(BIN / "spantally")
"""The command, from where the demo was called."""
NEXT = """\
[bold]What to try next: your own app[/bold], without a change to its code

  pip install {root}/instrumentation  [dim]# where the app is installed[/dim]
  {spantally} serve  [dim]# in a second terminal[/dim]
  OTEL_SERVICE_NAME=my-app SPANTALLY_TAGS=team=search \\
    opentelemetry-instrument python app.py
  {spantally} report

Say who a call is for, where that differs within the app:

  from spantally import attribute
  with attribute(workflow="concierge", customer="acme"):
      ...

Behind a gateway or proxy: SPANTALLY_HOSTS=llm.corp.example=openai"""


def opening(console: Console) -> None:
    """The first line."""
    console.print("[bold]Spantally demo[/bold]: four hotels, six workflows, no provider account\n")


def step(console: Console, what: str, detail: str = "") -> None:
    """Something that was done."""
    console.print(f"[green]✓[/green] {what}  [dim]{escape(detail)}[/dim]")


def progress(console: Console, line: str) -> None:
    """A line from the hotel."""
    console.print(f"    [dim]{escape(line)}[/dim]")


def command(console: Console, words: str, output: str) -> None:
    """A command and what it printed, unchanged."""
    console.print(f"\n[bold]$ spantally {escape(words)}[/bold]")
    console.out(output.rstrip("\n"), highlight=False)


def verdicts(console: Console, checks: Iterable[Check]) -> None:
    """The checks, good or bad."""
    console.print()
    for check in checks:
        mark = "[green]✓[/green]" if check.holds else "[red]✗[/red]"
        console.print(f"{mark} {check.claim}  [dim]{escape(check.detail)}[/dim]")


def what_next(console: Console, seconds: float) -> None:
    """What to do now."""
    console.print(f"[dim]Took {seconds:.0f} s.[/dim]\n")
    console.print(NEXT.format(root=DEMO.parent, spantally=SPANTALLY), soft_wrap=True)


def kept(console: Console, data: Path, addresses: Addresses, pid: int) -> None:
    """Where the processor is that was left up, and what works against it."""
    query = "select workflow, sum(cost) from llm_calls group by workflow format PrettyCompact"
    lines = (
        f"\n[bold]The processor is still up:[/bold] OTLP {addresses.otlp_http}, process {pid}\n",
        f"  export SPANTALLY_DATA={data}",
        f"  {SPANTALLY} report --by property",
        f"  {SPANTALLY} trace --top 5",
        f"  curl {addresses.query} --data '{query}'",
        "\nWhen you are done:\n",
        f"  kill {pid}",
        f"  rm -r {data.parent}",
    )
    for line in lines:
        console.print(line, soft_wrap=True)


def failure(console: Console, what: str, logs: Iterable[Path] = ()) -> None:
    """What went wrong, and the last lines of the programs' logs."""
    console.print("\n[bold red]The demo failed:[/bold red]", escape(what))
    for log in logs:
        console.print(f"\n[bold]{log.stem}[/bold], last lines:")
        console.out(last_lines(log), highlight=False)
