"""A moment by its time or by its name: a deployment that a file dates, or whose first call the ledger has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click
import tomllib

from spantally_processor.periods import time_of
from spantally_processor.store.asking import ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from spantally_processor.store.engine import Engine

EXPECTED = "expected a time such as 2026-11-20T14:00, a name of --deploys, or SERVICE@VERSION"


def read_deploys(file: Path | None, zone: tzinfo) -> dict[str, datetime]:
    """Name to time of a TOML file; a time without an offset is of the zone.

    Raises:
        click.UsageError: The file cannot be read, or something in it is no time; it names every one.
    """
    if file is None:
        return {}
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise click.UsageError(f"--deploys: cannot read {file}: {error}") from None
    known = {name: _as_time(value, zone) for name, value in said.items()}
    faults = [
        f"{file}: {name} is {said[name]!r}; expected a time: 2026-11-20T14:00:00Z"
        for name, at in known.items()
        if at is None
    ]
    if faults:
        raise click.UsageError("\n".join(faults))
    return {name: at for name, at in known.items() if at is not None}


def moment_of(text: str, zone: tzinfo, deploys: Mapping[str, datetime], engine: Engine) -> datetime:
    """The time in UTC that a text means; `SERVICE@VERSION` is the first call of that version.

    Raises:
        click.UsageError: It means none; the nearest name is in the message.
    """
    if text in deploys:
        return deploys[text].astimezone(UTC)
    service, at_sign, version = text.rpartition("@")
    if not at_sign:
        try:
            return time_of(text, zone).astimezone(UTC)
        except ValueError as error:
            near = _near(text, deploys)
            raise click.UsageError(f"--at: {error}; {near or EXPECTED}") from None
    asked = {"service": service, "version": version}
    ((at, found, names),) = ask(engine, "deployment", asked)
    if not found:
        near = _near(text, [*deploys, *names])
        raise click.UsageError(f"--at: the ledger has no call of {text}; {near or EXPECTED}")
    return at


def _as_time(value: object, zone: tzinfo) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    return None


def _near(text: str, names: Iterable[str]) -> str:
    near = get_close_matches(text, names, 1, 0.6)
    return f"did you mean {near[0]!r}?" if near else ""
