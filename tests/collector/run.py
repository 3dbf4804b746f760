"""`make check-collector`: our Collector configurations with a real Collector, Jaeger and Kafka.

    python tests/collector/run.py [chain fork twice backlog load-balancing kafka phoenix]

Without names, all but Phoenix, which is large to install. Builds a Collector and Jaeger once (minutes, into
`.cache/collector`), validates every configuration, runs the chains, and prints what held. Exit code 1 when
something does not hold, 0 otherwise: what this machine has no program for is named and not checked.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "demo"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from collector import backlog, chain, configurations, fork, phoenix, several
from collector.parts import PartError
from collector.programs import Programs
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from stage.checks import Check
from support import go_programs
from support.environments import NotAvailableError
from support.kafka_jars import kafka_jars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Thing = TypeVar("Thing")


class Scenario(NamedTuple):
    """A chain that is run."""

    checks: Callable[[Programs, Path], Iterator[Check]]
    configurations: tuple[str, ...]
    needs: tuple[str, ...]
    """Fields of Programs."""


SCENARIOS = {
    "chain": Scenario(chain.checks, ("chain",), ("collector", "jaeger")),
    "fork": Scenario(fork.checks, ("fork",), ("collector", "jaeger")),
    "twice": Scenario(fork.twice, ("fork",), ("collector",)),
    "backlog": Scenario(backlog.checks, ("chain",), ("collector",)),
    "load-balancing": Scenario(several.load_balancing, ("load-balancing",), ("collector",)),
    "kafka": Scenario(several.kafka, ("kafka-in", "kafka-out"), ("collector", "kafka_jars")),
    "phoenix": Scenario(phoenix.checks, (), ()),
}
BY_DEFAULT = tuple(name for name in SCENARIOS if name != "phoenix")


class Report:
    """Says what was found as it is found, and the whole at the end."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._table = Table("what", "held", "failed", "took", "not checked, because")
        self.failed = 0

    def say(self, text: str) -> None:
        self._console.print(text, style="dim")

    def section(self, name: str, checks: Iterable[Check]) -> None:
        """Runs checks to their end; a program that fails is a check that failed."""
        self._console.print(f"\n[bold]{name}[/bold]")
        started = before = time.monotonic()
        found = {True: 0, False: 0}
        try:
            for check in checks:
                mark = "[green]✓[/green]" if check.holds else "[red]✗[/red]"
                took = time.monotonic() - before
                self._console.print(
                    f"{mark} {check.claim}  [dim]{took:.0f} s[/dim]", soft_wrap=True
                )
                if check.detail:
                    self._console.print(f"    [dim]{escape(check.detail)}[/dim]", soft_wrap=True)
                found[check.holds] += 1
                before = time.monotonic()
        except NotAvailableError as error:
            self.skipped(name, str(error))
            return
        except PartError as error:
            self._console.print(f"[red]✗[/red] {escape(str(error))}", soft_wrap=True)
            found[False] += 1
        self.failed += found[False]
        took = f"{time.monotonic() - started:.0f} s"
        self._table.add_row(name, str(found[True]), str(found[False]), took, "")

    def skipped(self, name: str, why: str) -> None:
        """Something that was not checked."""
        self._console.print(f"[yellow]?[/yellow] {name}: {escape(why)}", soft_wrap=True)
        self._table.add_row(name, "", "", "", escape(why))

    def end(self) -> None:
        """The whole."""
        self._console.print()
        self._console.print(self._table)


def main() -> int:
    """Checks what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCENARIOS))
    names: list[str] = parser.parse_args().names or list(BY_DEFAULT)
    if unknown := set(names) - set(SCENARIOS):
        parser.error(f"no such chain: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    programs, left_out, why_not = _programs(report, names)
    if programs.collector:
        valid = [it for it in configurations.NAMES if not configurations.lacking(it, left_out)]
        report.section("validate", configurations.validated(programs.collector, valid))
        for name in sorted(set(configurations.NAMES) - set(valid)):
            report.skipped(f"validate {name}.yaml", "a module that it needs is not served here")
    elif "collector" in why_not:
        report.skipped("validate", why_not["collector"])
    for name in names:
        _run(report, name, programs, left_out, why_not)
    report.end()
    return 1 if report.failed else 0


def _run(
    report: Report, name: str, programs: Programs, left_out: list[str], why_not: dict[str, str]
) -> None:
    scenario = SCENARIOS[name]
    absent = [why_not[need] for need in scenario.needs if need in why_not]
    for configuration in scenario.configurations:
        absent += [
            f"{configuration}.yaml needs {it}, which the Go module proxy does not serve here"
            for it in configurations.lacking(configuration, left_out)
        ]
    if absent:
        report.skipped(name, "; ".join(absent))
        return
    with tempfile.TemporaryDirectory(prefix=f"spantally-{name}-") as folder:
        report.section(name, scenario.checks(programs, Path(folder)))


def _programs(report: Report, names: list[str]) -> tuple[Programs, list[str], dict[str, str]]:
    """What there is, the modules that the Collector lacks, and why something is not there."""
    why_not: dict[str, str] = {}
    wanted = {need for name in names for need in SCENARIOS[name].needs}

    def found(name: str, get: Callable[[], Thing]) -> Thing | None:
        try:
            return get()
        except go_programs.BuildError as error:
            report.section(f"build {name}", [Check(f"{name} is built", False, str(error))])
            why_not[name] = "it was not built"
        except NotAvailableError as error:
            why_not[name] = str(error)
        return None

    report.say("Programs that are not there yet are built now; that takes minutes.")
    manifest = configurations.MANIFEST.read_text()
    collector = found("collector", lambda: go_programs.collector(manifest))
    programs = Programs(
        collector.program if collector else None,
        found("jaeger", go_programs.jaeger) if "jaeger" in wanted else None,
        found("kafka_jars", kafka_jars) if "kafka_jars" in wanted else None,
    )
    return programs, list(collector.left_out) if collector else [], why_not


if __name__ == "__main__":
    sys.exit(main())
