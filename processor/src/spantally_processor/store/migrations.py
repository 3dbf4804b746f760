"""Bring a ledger's tables and views to this version.

Numbered files of `schema/` are applied once each, in order, forward only. Views hold no data, and know
the columns that there were when they were made: when a file of either folder is new or another, all of
`views/` is applied, in the order of the file names. A file of `beside/` is a view on a table that somebody
else makes, the Collector say: it is applied once there is a table or view of the file's name. The table
`migrations` remembers each file with its digest. Nothing is executed when nothing is to be done, so that a
processor can run as a user who may not change tables.

Several processors may start at once: every statement can be repeated, so that whoever is second changes
nothing. What must not go on is refused before anything is changed: a program that is older than the
ledger, a file that is not what was applied, a ledger that is laid out in another way. How long rows are
kept may change at any time (`retention.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from spantally_processor.store import retention
from spantally_processor.store.errors import LedgerMismatch
from spantally_processor.store.shapes import Shape, qualified, sharded_tables
from spantally_processor.store.sql_files import digest, sql_files, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spantally_processor.ledger_options import LedgerOptions
    from spantally_processor.store.engine import Engine

_EXISTING = """
select name, engine_full from system.tables where database = currentDatabase()
"""

_REMEMBERED = """
select name, digest, creates, shape, program, applied_at
from migrations final
where digest != ''
order by name
"""

_REMEMBER = """
insert into migrations (name, digest, creates, shape, program)
values ({name:String}, {digest:String}, {creates:Array(String)}, {shape:String}, {program:String})
"""

_CREATES = re.compile(r"^create or replace view (\w+)", re.MULTILINE)

Why = Literal["new", "changed", "lost", "stale", "gone", "retention"]
"""A file that was never applied; one of a view whose text changed, whose view is not there, or that reads what
changed; a view that no file makes any more; rows that are to be kept for another time."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that the ledger has seen."""

    name: str
    """Folder and file, as in `schema/0001_llm_spans.sql`."""
    digest: str
    creates: tuple[str, ...]
    """Views that it made."""
    shape: str
    program: str
    """Version of the program that applied it."""
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. Its statements are as they will be executed."""

    name: str
    """Folder and file; for `retention` the table."""
    why: Why
    statements: tuple[str, ...]
    digest: str = ""
    creates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What brings a ledger to this version."""

    shape: Shape
    creates_database: bool
    steps: tuple[Step, ...]
    applied: tuple[Applied, ...]
    """What was applied before."""


def plan(engine: Engine, options: LedgerOptions, *, retain: bool = True) -> Plan:
    """What is to be done; changes nothing. Without `retain`, rows are kept as long as they are now.

    Raises:
        LedgerMismatch: The ledger cannot be brought to this version.
        TransientStoreError: It cannot be read.
    """
    kind = engine.database_kind()
    existing = {name: definition for name, definition in engine.rows(_EXISTING)} if kind else {}
    applied = remembered(engine) if "migrations" in existing else ()
    shape = Shape(engine.database, replicated=kind == "Replicated", cluster=options.cluster)
    _refuse(applied, shape)
    sharded = sharded_tables(sql_files("schema").values())
    known = {each.name: each for each in applied}
    steps = [
        *(_rewritten(step, shape, sharded) for step in (*_files(known, existing), *_gone(applied))),
        *(_retention(existing, shape, sharded, options) if retain else ()),
    ]
    return Plan(shape, not kind, tuple(steps), applied)


def apply(engine: Engine, options: LedgerOptions, *, retain: bool = True) -> list[str]:
    """Do what is to be done; returns the files applied now. Safe to repeat, and to do twice at once.

    Raises:
        LedgerMismatch: The ledger cannot be brought to this version.
        TransientStoreError: A statement failed; the next attempt goes on from there.
    """
    found = plan(engine, options, retain=retain)
    if found.creates_database:
        engine.create_database(found.shape.on_cluster)
    for step in found.steps:
        _carry_out(engine, found.shape, step)
    return [step.name for step in found.steps if step.digest]


def remembered(engine: Engine) -> tuple[Applied, ...]:
    """The files that the ledger has seen, by name; raises TransientStoreError when it has no such table."""
    return tuple(
        Applied(name, digest, tuple(creates), shape, program, applied_at.replace(tzinfo=UTC))
        for name, digest, creates, shape, program, applied_at in engine.rows(_REMEMBERED)
    )


def laid_out(engine: Engine) -> Shape:
    """How the ledger was laid out, as it remembers; raises TransientStoreError when there is none."""
    kind, _, name = next(iter(remembered(engine))).shape.partition(" ")
    return Shape(engine.database, cluster=name if kind == "cluster" else "")


def _carry_out(engine: Engine, shape: Shape, step: Step) -> None:
    for statement in step.statements:
        engine.command(statement)
    if step.why == "retention":
        return
    named = {"name": step.name, "shape": str(shape), "program": _program()}
    engine.command(_REMEMBER, {**named, "digest": step.digest, "creates": list(step.creates)})


def _refuse(applied: Iterable[Applied], shape: Shape) -> None:
    shipped = {f"schema/{name}": digest(text) for name, text in sql_files("schema").items()}
    for each in applied:
        if each.shape != str(shape):
            raise LedgerMismatch(
                f"this ledger was made for {each.shape}, and is to be used as {shape}: that cannot be "
                "changed later. Set ledger.cluster back, or name a new database and copy the tables with "
                "INSERT INTO … SELECT"
            )
        if not each.name.startswith("schema/"):
            continue
        if each.name not in shipped:
            raise LedgerMismatch(
                f"the ledger is newer than this program: {each.name} was applied to it by version "
                f"{each.program} on {each.applied_at:%Y-%m-%d}, and this is {_program()}. "
                "Nothing was changed; use that version or a later one"
            )
        if each.digest != shipped[each.name]:
            raise LedgerMismatch(
                f"{each.name} is not the file that was applied to this ledger by version {each.program} "
                f"on {each.applied_at:%Y-%m-%d}: its SHA-256 was {each.digest[:12]}… and is "
                f"{shipped[each.name][:12]}…. Put the file back, and what is new into a file of its own"
            )


def _files(known: Mapping[str, Applied], existing: Mapping[str, str]) -> list[Step]:
    texts = [
        (f"{folder}/{file}", text)
        for folder in ("schema", "views", "beside")
        for file, text in sql_files(folder).items()
        if not _is_beside(folder) or file.removesuffix(".sql") in existing
    ]
    whys: list[Why | None] = [_why(known.get(name), text, existing) for name, text in texts]
    below = [why for (name, _), why in zip(texts, whys, strict=True) if not _is_beside(name)]
    stale: Why | None = "stale" if any(below) else None
    steps: list[Step] = []
    for (name, text), why in zip(texts, whys, strict=True):
        because = why or (None if name.startswith("schema/") else stale)
        if because is not None:
            made = tuple(_CREATES.findall(text))
            steps.append(Step(name, because, tuple(statements(text)), digest(text), made))
    return steps


def _is_beside(name: str) -> bool:
    return name.startswith("beside")


def _why(before: Applied | None, text: str, existing: Mapping[str, str]) -> Why | None:
    if before is None:
        return "new"
    if before.digest != digest(text):
        return "changed"
    return None if existing.keys() >= set(before.creates) else "lost"


def _gone(applied: Iterable[Applied]) -> Iterable[Step]:
    texts = sql_files("views")
    kept = {view for text in texts.values() for view in _CREATES.findall(text)}
    for each in applied:
        folder, _, file = each.name.partition("/")
        if folder == "views" and file not in texts:
            views = [view for view in each.creates if view not in kept]
            yield Step(each.name, "gone", tuple(f"drop view if exists {view}" for view in views))


def _retention(
    existing: Mapping[str, str], shape: Shape, sharded: frozenset[str], options: LedgerOptions
) -> Iterable[Step]:
    for name, days in retention.kept_days(options).items():
        table = shape.table(name, sharded)
        if found := retention.changes(table + shape.on_cluster, days, existing.get(table, "")):
            yield Step(table, "retention", tuple(found))


def _rewritten(step: Step, shape: Shape, sharded: frozenset[str]) -> Step:
    views = {view for text in sql_files("views").values() for view in _CREATES.findall(text)}
    here = [qualified(one, views, shape.database) for one in step.statements]
    return replace(
        step, statements=tuple(each for one in here for each in shape.rewritten(one, sharded))
    )


def _program() -> str:
    return version("spantally-processor")
