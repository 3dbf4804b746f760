"""What the README shows of the demo's output."""

from __future__ import annotations

import re

DEMO = re.compile(
    r"(<!-- output of make demo.*?-->\n```text\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE
)


def settled(line: str) -> str:
    """A line without what differs from run to run: ids, ports, times, branches, column padding."""
    line = re.sub(r"[│├└─]", " ", line)
    line = re.sub(r"\b[0-9a-f]{12,32}\b", "ID", line)
    line = re.sub(r"127\.0\.0\.1:\d+", "HOST", line)
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME", line)
    line = re.sub(r"\d+(\.\d+)? (ms|s)\b", "DURATION", line)
    return " ".join(line.split())


def excerpt(printed: str) -> str:
    """The parts of the output that a first screen shows: the total, the workflows, the agent's run."""
    lines = printed.splitlines()
    report = next(n for n, line in enumerate(lines) if line.startswith("$ spantally report"))
    teams = next(n for n, line in enumerate(lines) if line.startswith("By team"))
    trace = next(n for n, line in enumerate(lines) if line.startswith("$ spantally trace"))
    checks = next(n for n, line in enumerate(lines) if n > trace and line.startswith("✓"))
    parts = [*lines[report:teams], "…", "", *lines[trace:checks], *lines[checks : checks + 3]]
    return "\n".join(line.rstrip() for line in parts) + "\n"
