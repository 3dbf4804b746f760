"""What all tests share: Hypothesis profiles, and the table of recordings at the end of a run."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import settings
from support.expected import KINDS
from support.recordings import FOLDER, all_recordings

if TYPE_CHECKING:
    from pytest import TerminalReporter  # noqa: PT013 - a type only

settings.register_profile("default", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Each recording that was replayed and how it went; then those that no reader covers yet."""
    results = {
        value[0]: (value[1], report.outcome)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in getattr(report, "user_properties", [])
        if name == "recording"
    }
    if not results:
        return
    terminalreporter.section(f"recordings replayed from {FOLDER.name}/")
    for name, (api, outcome) in sorted(results.items()):
        terminalreporter.write_line(f"{outcome:7} {api:24} {name}")
    others = Counter("/".join(r.kind) for r in all_recordings() if r.kind not in KINDS)
    listed = ", ".join(f"{kind} {n}" for kind, n in sorted(others.items()))
    terminalreporter.write_line(f"not yet covered ({sum(others.values())}): {listed}")
