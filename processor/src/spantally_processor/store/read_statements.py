"""The statements that the engine cannot parse as data, read as text: DESCRIBE, SHOW CREATE, EXISTS.

Each is known by its whole form, so that nothing else can be in it; what is none of them, and no query
either, is refused by the name of its first words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from spantally_processor.store.read_rules import Refusal

_NAME = r"(?:`(?:[^`\\]|\\.)+`|\"(?:[^\"\\]|\\.)+\"|\w+)"
_COMMENTS = re.compile(r"^(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)+", re.DOTALL)
_DESCRIBE = re.compile(r"desc(?:ribe)?\b\s*(?:table\s+)?(?P<what>.+)", re.IGNORECASE | re.DOTALL)
_ABOUT = re.compile(
    rf"(?:show\s+create|exists)\s+(?:(?P<kind>table|view|database)\s+)?"
    rf"(?:(?P<database>{_NAME})\.)?(?P<table>{_NAME})(?:\s+format\s+(?P<format>\w+))?\s*;?\s*",
    re.IGNORECASE,
)
_VERB = re.compile(r"\w+(?:\s+\w+)?")


def without_comments(query: str) -> str:
    """The query from its first word on."""
    return _COMMENTS.sub("", query, count=1)


def as_select(query: str) -> str:
    """A DESCRIBE, which the engine cannot parse as data, as the SELECT from the same thing."""
    described = _DESCRIBE.match(without_comments(query))
    return f"select * from {described['what']}" if described else query  # noqa: S608 - only parsed


@dataclass(frozen=True, slots=True)
class About:
    """SHOW CREATE or EXISTS of something named, which the engine cannot parse as data either."""

    database: str
    """Empty for the current one."""
    table: str
    """Empty where it is about a database."""
    format: str


def about(query: str) -> About | None:
    """SHOW CREATE and EXISTS of one table, view or database; None for any other statement."""
    found = _ABOUT.fullmatch(without_comments(query))
    if found is None:
        return None
    database, table = (_unquoted(found[part] or "") for part in ("database", "table"))
    if (found["kind"] or "").lower() == "database":
        database, table = table, ""
    return About(database, table, found["format"] or "")


def refused_statement(query: str) -> Refusal:
    """Why something that is no query is not run."""
    verb = _VERB.match(without_comments(query))
    name = verb[0].upper() if verb else "this"
    if name.startswith("INSERT"):
        text = (
            "INSERT is not answered here: this interface only reads. Spans come in as OTLP; to keep "
            "other data beside the ledger, give the processor a ClickHouse server with --store"
        )
    else:
        text = f"only queries are answered here, not {name}"
    return Refusal(164, "READONLY", text)


def _unquoted(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if name[:1] in ("`", '"') else name
