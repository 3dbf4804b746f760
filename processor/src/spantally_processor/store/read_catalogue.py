"""What the embedded engine says of itself: functions, formats, tables, settings.

Asked once and kept, but for the views, which a migration may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import chdb
import orjson

from spantally_processor.store.read_rules import SYSTEM_TABLES, KnownFunctions, Node, nodes_of
from spantally_processor.store.read_settings import may_change


@dataclass(frozen=True)
class Catalogue:
    """The engine that has the ledger at `path` open, and the ledger's database in it."""

    path: str
    database: str

    @cached_property
    def version(self) -> str:
        """Of the engine."""
        return self.ask("select version()").decode().strip()

    @cached_property
    def timezone(self) -> str:
        """In which times without a zone are shown."""
        return self.ask("select serverTimezone()").decode().strip()

    @cached_property
    def content_types(self) -> dict[str, str]:
        """Output format to its content type."""
        rows = self.ask("select name, content_type from system.formats where is_output")
        return dict(line.split("\t") for line in rows.decode().splitlines())

    @cached_property
    def functions(self) -> KnownFunctions:
        """Sorted into those that a reader may call and the others."""
        functions = self.ask(
            "select name, alias_to, categories, is_aggregate from system.functions",
            output="JSONCompactEachRow",
        )
        combinators = self.ask("select name from system.aggregate_function_combinators")
        return KnownFunctions.of(
            [tuple(orjson.loads(line)) for line in functions.splitlines()],
            combinators.decode().split(),
        )

    @cached_property
    def filters(self) -> str:
        """Rows of `system` that a reader sees, should a query reach a table that the rules refuse."""
        names = self.ask("select name from system.tables where database = 'system'")
        seen = ", ".join(quoted(name) for name in sorted(SYSTEM_TABLES))
        filters = {name: "0" for name in names.decode().split() if name not in SYSTEM_TABLES}
        filters |= {
            "tables": f"database != 'system' or name in ({seen})",
            "columns": f"database != 'system' or table in ({seen})",
        }
        pairs = (f"{quoted(f'system.{name}')}: {quoted(rule)}" for name, rule in filters.items())
        return f"{{{', '.join(pairs)}}}"

    @cached_property
    def settings(self) -> Node:
        """`system.settings` as a subquery that says of each whether a reader can change it."""
        names = self.ask("select name from system.settings").decode().split()
        changeable = ", ".join(quoted(name) for name in names if may_change(name))
        shown = f"* replace (toUInt8(name not in ({changeable})) as readonly)"
        text = self.ask(
            "select parseQueryToJSON({query:String})",
            query=f"select * from (select {shown} from system.settings) as settings",  # noqa: S608
        )
        return next(
            node for node in nodes_of(cast("Node", orjson.loads(text)))
            if node.get("type") == "Subquery"
        )  # fmt: skip

    def views(self) -> frozenset[str]:
        """The ledger's views, with and without their database."""
        names = self.ask(
            "select name from system.tables where engine = 'View' and database = {database:String}",
            database=self.database,
        )
        found = names.decode().splitlines()
        return frozenset([*found, *(f"{self.database}.{name}" for name in found)])

    def ask(self, statement: str, *, output: str = "TSVRaw", **parameters: str) -> bytes:
        """The answer to a query of our own; raises RuntimeError as the engine does."""
        handle: Any = chdb.connect(self.path)
        try:
            escaped = {name: _escaped(value) for name, value in parameters.items()}
            return bytes(handle.query(statement, output, params=escaped).bytes() or b"")
        finally:
            handle.close()


def quoted(value: str) -> str:
    """A text as SQL has it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _escaped(text: str) -> str:
    """A parameter's value in the escaped form that ClickHouse reads."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
