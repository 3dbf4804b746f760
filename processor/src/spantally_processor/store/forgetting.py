"""Take a user's id out of the ledger, on request. The rows stay, since their money was spent.

The id itself is never sent to the engine: what is, is its SHA-256 behind a random salt, so that neither
`system.mutations`, which keeps the text of a change, nor a query log nor a proxy's log learns the id. Who
knows an id can still find out from such a text that it was the one.

Only columns of a few parts are rewritten, and the old parts are deleted by ClickHouse some eight minutes later.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from spantally_processor.store.migrations import laid_out
from spantally_processor.store.shapes import sharded_tables
from spantally_processor.store.sql_files import sql_files

if TYPE_CHECKING:
    from spantally_processor.store.engine import Engine

_HEX = re.compile(r"[0-9a-f]{32,64}")

_IN_TENANT = "({everywhere:Bool} or tenant = {tenant:String})"


class Person(NamedTuple):
    """A user, known by a salted hash of the id."""

    salt: str
    """Hex."""
    digest: str
    """SHA-256 of salt and id, hex."""
    tenant: str | None
    """Whose user; None for those of every tenant."""

    @classmethod
    def named(cls, user: str, tenant: str | None = None) -> Person:
        """The person whose id is `user`, under a salt of its own."""
        salt = secrets.token_hex(16)
        return cls(salt, sha256(f"{salt}{user}".encode()).hexdigest(), tenant)

    def is_(self, value: str) -> str:
        """The SQL condition that an expression is this person's id; raises ValueError if it is no hash."""
        if not (_HEX.fullmatch(self.salt) and _HEX.fullmatch(self.digest)):
            raise ValueError("a person is named by a salt and a SHA-256, both in hex")
        return f"SHA256(concat('{self.salt}', {value})) = unhex('{self.digest}')"

    def parameters(self) -> dict[str, object]:
        """Of the queries here."""
        return {"everywhere": self.tenant is None, "tenant": self.tenant or ""}


class Found(NamedTuple):
    """How many rows name a person, by where they do."""

    user: int
    """Of llm_spans: the tag user."""
    tag_conflicts: int
    """Of llm_spans: a value that the tag user lost to another."""
    elsewhere: dict[str, int]
    """The same text in another column, which this leaves alone: only people know whether it is the person."""

    @property
    def rows(self) -> int:
        """Places that would be emptied."""
        return self.user + self.tag_conflicts


def find(engine: Engine, person: Person) -> Found:
    """Where the ledger names a person; raises TransientStoreError."""
    lost = _any_lost(person)
    spans = f"""
        select countIf({person.is_("user")}), countIf({lost}), countIf({person.is_("customer")}),
            countIf(arrayExists(value -> {person.is_("value")}, mapValues(tags)))
        from llm_spans where {_IN_TENANT}
    """  # noqa: S608 - a hash in hex
    ((user, conflicts, customer, tags),) = engine.rows(spans, person.parameters())
    elsewhere = {"llm_spans.customer": customer, "llm_spans.tags": tags}
    for table in ("llm_revenue", "llm_plans"):
        asked = f"select countIf({person.is_('customer')}) from {table} where {_IN_TENANT}"  # noqa: S608
        ((elsewhere[f"{table}.customer"],),) = engine.rows(asked, person.parameters())
    return Found(user, conflicts, {place: rows for place, rows in elsewhere.items() if rows})


def forget(engine: Engine, person: Person) -> None:
    """Empties the person's id wherever `find` counts it, and returns when it is done on every replica.

    May be repeated. Rows that come in later name the person again.

    Raises:
        TransientStoreError: It cannot be done now.
        ValueError: The person is no hash.
    """
    shape = laid_out(engine)
    table = shape.table("llm_spans", sharded_tables(sql_files("schema").values()))
    engine.command(
        f"""
        alter table {table}{shape.on_cluster} update
            user = if({person.is_("user")}, '', user),
            tag_conflicts = mapFilter((tag, lost) -> notEmpty(lost), mapApply((tag, lost) -> (
                tag, arrayFilter(each -> tag != 'user' or not {_is_lost(person)}, lost)), tag_conflicts))
        where {_IN_TENANT} and ({person.is_("user")} or {_any_lost(person)})
        settings mutations_sync = 2
        """,
        person.parameters(),
    )


def _is_lost(person: Person) -> str:
    """Each value that lost is written as source=value."""
    return person.is_("substring(each, position(each, '=') + 1)")


def _any_lost(person: Person) -> str:
    return f"arrayExists(each -> {_is_lost(person)}, tag_conflicts['user'])"
