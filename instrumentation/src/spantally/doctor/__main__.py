"""The command line of the doctor."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from importlib.metadata import distributions
from typing import TYPE_CHECKING

from spantally.doctor import _export, _hooks, _others, _propagation, _recording, _running, _settings
from spantally.doctor._findings import Finding, Level, Surroundings, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = """\
Looks at the environment it runs in for what loses cost, tags or privacy: which HTTP libraries and SDKs
our hooks see, which other instrumentations see the same calls, whether tags get where they should, what
sampling and limits drop, faulty settings, and whether the exporter's endpoint takes spans. Run it with the
app's Python and the app's environment variables:

  python -m spantally.doctor
  opentelemetry-instrument python -m spantally.doctor     the same, inside a set-up as the app gets it
  python -m spantally.doctor --offline --json

Exit code: 0 nothing found, 1 something to correct (lines with FIX), 2 the doctor itself could not run.
"""

_HEADINGS = {
    "hooks": "Which calls are seen",
    "others": "Who else sees them",
    "tags": "Where tags go",
    "recording": "What is recorded",
    "settings": "Settings",
    "export": "Where spans go",
}
_MARKS = {Level.OK: "ok  ", Level.NOTE: "note", Level.FINDING: "FIX "}


def surroundings() -> Surroundings:
    """This process's environment, and what is installed in it."""
    packages: dict[str, str] = {}
    entry_points: list[tuple[str, str, str]] = []
    for distribution in distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()
        if not name or name in packages:
            continue  # shadowed by one that comes earlier on the path
        packages[name] = distribution.version
        entry_points += [
            (entry.group, entry.name, name)
            for entry in distribution.entry_points
            if entry.group.startswith("opentelemetry_")
        ]
    return Surroundings(dict(os.environ), packages, tuple(entry_points))


def examine(around: Surroundings, *, offline: bool, processor: str | None = None) -> list[Finding]:
    """Everything that can be said about these surroundings."""
    findings = [
        *_hooks.check(around),
        *_running.check(),
        *_others.check(around),
        *_propagation.check(around),
        *_recording.check(around),
        *_settings.check(around),
    ]
    if not offline:
        findings += _export.check(around, processor)
    return findings


def as_text(findings: Sequence[Finding]) -> str:
    """For people: by section, the worst first."""
    lines: list[str] = []
    levels = list(reversed(Level))
    for about, heading in _HEADINGS.items():
        section = [finding for finding in findings if finding.about == about]
        if section:
            lines += ["", heading]
        for finding in sorted(section, key=lambda finding: levels.index(finding.level)):
            lines.append(f"  {_MARKS[finding.level]}  {finding.what}")
            if finding.do:
                lines.append(f"        -> {finding.do}")
    found = sum(finding.level is Level.FINDING for finding in findings)
    lines += ["", f"{found} to correct." if found else "Nothing to correct."]
    return "\n".join(lines[1:])


def as_json(findings: Sequence[Finding]) -> str:
    """For machines."""
    rows = [
        {"about": f.about, "level": f.level.value, "what": f.what, "do": f.do} for f in findings
    ]
    return json.dumps({"level": worst(findings).value, "findings": rows}, indent=2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        "python -m spantally.doctor",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="machine-readable")
    parser.add_argument(
        "--offline", action="store_true", help="do not reach for the exporter's endpoint"
    )
    parser.add_argument(
        "--processor",
        metavar="URL",
        help="the processor's HTTP address, if the endpoint is a Collector",
    )
    options = parser.parse_args(arguments)
    findings = examine(surroundings(), offline=options.offline, processor=options.processor)
    print(as_json(findings) if options.json else as_text(findings))
    return int(worst(findings) is Level.FINDING)


if __name__ == "__main__":
    sys.exit(main())
