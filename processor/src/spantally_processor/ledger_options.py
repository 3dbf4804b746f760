"""How the ledger's tables are laid out, and how long their rows are kept."""

from __future__ import annotations

from dataclasses import dataclass

MOST_DAYS = 36_500
"""The ledger's times end in 2299."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOptions:
    """Layout and retention of the tables: done by `serve` when it starts, or by `spantally migrate apply`."""

    cluster: str = ""
    """Cluster in the ClickHouse servers' configuration: tables are made on all of its servers, replicated,
    and sharded by trace id. For a new ledger only. Empty for one server, or its replicas."""
    calls_days: int = 0
    """How long rows of `llm_spans` are kept, in days after the call; 0 for ever."""
    steps_days: int = 0
    """How long rows of `trace_steps` are kept: without them, `spantally trace` shows calls and no steps."""
    rollup_s: int = 60
    """How often the roll-ups by hour and day are brought up to date, in seconds; 0 leaves it to
    `spantally rollup`, by cron say. Of several processors on one ledger only one does it each time."""

    def faults(self) -> list[tuple[str, str]]:
        """Returns what is wrong, each with the option that it is about."""
        named = {"calls_days": self.calls_days, "steps_days": self.steps_days}
        faults = [
            (
                name,
                f"{name} is {days}; it must be a number of days up to {MOST_DAYS}, or 0 for ever",
            )
            for name, days in named.items()
            if not 0 <= days <= MOST_DAYS
        ]
        if self.rollup_s < 0:
            faults.append(
                ("rollup_s", f"rollup_s is {self.rollup_s}; it must be 0 or more seconds")
            )
        if self.calls_days and not 0 < self.steps_days <= self.calls_days:
            text = f"calls are kept {self.calls_days} days and steps longer; the ledger is what is kept longest"
            faults.append(("steps_days", text))
        if self.cluster and not self.cluster.replace("_", "").replace("-", "").isalnum():
            faults.append(("cluster", f"cluster is {self.cluster!r}, which is no cluster's name"))
        return faults
