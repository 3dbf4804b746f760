"""Processor time and memory of another process and its children, as Linux counts them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def family(pid: int) -> Iterator[int]:
    """The process, its children, theirs and so on."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from family(int(child))


def cpu_seconds(pid: int) -> float:
    """User and system time of all their threads until now."""
    return sum(map(_cpu_seconds, family(pid)))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> tuple[float, float]:
    """Their memory now and each one's most; what they share is counted in each."""
    now = most = 0
    for each in family(pid):
        lines = Path(f"/proc/{each}/status").read_text(encoding="utf-8").splitlines()
        kilobytes = {
            line.split()[0]: int(line.split()[1]) for line in lines if line.startswith("Vm")
        }
        now, most = now + kilobytes["VmRSS:"], most + kilobytes["VmHWM:"]
    return now / 1e3, most / 1e3


def memory(pid: int) -> str:
    """The same as text."""
    now, most = memory_mb(pid)
    return f"{now:,.0f} MB, at most {most:,.0f} MB"
