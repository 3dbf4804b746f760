"""What the doctor says: one sentence about what is so, one about what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is lost."""
    FINDING = "finding"
    """Cost, tags or privacy are at stake."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    """The section: `hooks`, `others`, `tags`, `recording`, `settings` or `export`."""
    level: Level
    what: str
    do: str = ""
    """What to do about it; empty where nothing has to be done."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the doctor looks at."""

    environ: Mapping[str, str]
    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    """Version of each installed distribution, by its normalised name."""
    entry_points: tuple[tuple[str, str, str], ...] = ()
    """Group, name and distribution of OpenTelemetry's entry points."""

    def instrumentors(self) -> list[tuple[str, str]]:
        """Name and distribution of what `opentelemetry-instrument` would switch on."""
        off = self.switched_off()
        return [
            (name, package)
            for group, name, package in self.entry_points
            if group == "opentelemetry_instrumentor" and name not in off and "*" not in off
        ]

    def switched_off(self) -> set[str]:
        """The entry point names that `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS` names."""
        listed = self.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "")
        return {name.strip() for name in listed.split(",") if name.strip()}

    def is_set(self, name: str, *values: str) -> bool:
        """Whether a variable has one of these values, in any case."""
        return self.environ.get(name, "").strip().lower() in values


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level among findings."""
    levels = {finding.level for finding in findings}
    return next((level for level in reversed(Level) if level in levels), Level.OK)
