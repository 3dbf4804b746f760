"""Weekdays and hours in a rate file: `days = "Mon-Fri"`, `utc = ["01:00-04:00"]`, end exclusive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .toml_node import Node

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")


def days_of(node: Node) -> list[int]:
    """Weekdays, Monday is 0; every day when `days` is absent."""
    said = node.text("days", "Mon-Sun")
    days: set[int] = set()
    for part in said.split(","):
        first, _, last = part.strip().partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            node.fault(
                f"days is {said!r}; expected weekdays such as 'Mon-Fri' or 'Sat,Sun'", "days"
            )
            return []
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        if end < start:
            node.fault(f"days has {part.strip()!r}, which ends before it begins", "days")
        days |= set(range(start, end + 1))
    return sorted(days)


def minutes_of(node: Node) -> list[list[int]]:
    """Spans of minutes of the UTC day; a span over midnight is written as two."""
    spans: list[list[int]] = []
    for said in node.texts("utc") or ["00:00-24:00"]:
        found = _SPAN.fullmatch(said)
        hours = [int(group) for group in found.groups() if group] if found else [0, 0, 0, 0]
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if start >= end:
            node.fault(f"utc has {said!r}; expected 'HH:MM-HH:MM' within one UTC day", "utc")
        spans.append([start, end])
    return sorted(spans)
