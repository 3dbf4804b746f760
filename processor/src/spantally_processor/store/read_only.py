"""Queries over the embedded ledger that can change nothing and cannot run away.

Each query gets a handle of its own (1 ms), with its database and limits set and then `readonly=1`,
so nothing that one reader does is seen by the next, and readers run beside each other and the
writer. This talks to chDB directly: clickhouse-connect would decode rows that only pass through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import chdb
import orjson
from clickhouse_connect.driver.binding import quote_identifier

from spantally_processor.store.read_catalogue import Catalogue, quoted
from spantally_processor.store.read_rules import (
    STATEMENTS,
    Node,
    Refusal,
    nodes_of,
    refusal,
    refused_table,
)
from spantally_processor.store.read_settings import ReadLimits, admitted, asked_settings
from spantally_processor.store.read_statements import about, as_select, refused_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE = re.compile(r"Code: (\d+)")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")


_NOT_AS_DATA = re.compile(
    r"Code: 36. DB::Exception: AST node of type '(?:ShowCreate|Exists)(?:Table|View|Database)Query_"
)
"""What the engine says of statements that it knows and cannot give as data."""
_SETTINGS_TABLE = ("system.settings", "settings")
_REPEATED = re.compile(r"(Code: \d+\. DB::Exception: )\1+")


@dataclass(frozen=True, slots=True)
class Context:
    """What a query finds set: by its session, its URL, or nobody."""

    database: str = ""
    """Where unqualified names are looked up. The ledger's own when empty, or `default`, which is empty
    here and is what many clients ask for unless they are told."""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    def changed_by(self, other: Context) -> Context:
        """This one, with what the other says instead."""
        return Context(other.database or self.database, {**self.settings, **other.settings})


@dataclass(frozen=True, slots=True)
class Answer:
    """A query's result in its output format."""

    body: bytes = b""
    format: str = ""
    content_type: str = "text/plain; charset=UTF-8"
    rows: int = 0
    """In the result; `rows_read` and `bytes_read` are what it was made from."""
    rows_read: int = 0
    bytes_read: int = 0
    elapsed_ns: int = 0
    leaves: Context | None = None
    """What SET or USE leaves for the queries after it in a session."""


class QueryError(Exception):
    """A query that was refused or failed, with ClickHouse's error code and name."""

    def __init__(self, code: int, name: str, message: str) -> None:
        self.code = code
        self.name = name
        super().__init__(message)

    @classmethod
    def refused(cls, why: Refusal) -> QueryError:
        """The error for a query that the read rules refuse."""
        text = f"Code: {why.code}. DB::Exception: {why.message}. ({why.name})"
        return cls(why.code, why.name, text)

    @classmethod
    def failed(cls, error: RuntimeError) -> QueryError:
        """The error for a query that the engine ended."""
        text = str(error)
        text = text[text.find("Code: ") :] if "Code: " in text else text
        text = _REPEATED.sub(r"\1", text)
        code, names = _CODE.search(text), cast("list[str]", _NAME.findall(text))
        return cls(int(code[1]) if code else 1001, names[-1] if names else "STD_EXCEPTION", text)


@dataclass(frozen=True, slots=True)
class _Checked:
    """A harmless query: its text as the engine gets it, and what it asks for."""

    text: str
    format: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class ReadOnlyEngine:
    """The embedded engine for readers; the caller's process must own the ledger at `path`."""

    path: str
    database: str
    limits: ReadLimits = field(default_factory=ReadLimits)

    def query(
        self,
        query: str,
        *,
        default_format: str = "TabSeparated",
        parameters: Mapping[str, str] | None = None,
        context: Context | None = None,
    ) -> Answer:
        """Run one query, or take note of one SET or USE.

        Args:
            query: ClickHouse SQL; its own FORMAT wins over `default_format`.
            default_format: Output format.
            parameters: Values of the query's `{name:Type}`, escaped as in ClickHouse's HTTP interface.
            context: Its database and settings.

        Raises:
            QueryError: It was refused or failed.
        """
        parameters, context = parameters or {}, context or Context()
        try:
            root = self._parsed(as_select(query))
            match root and root.get("type"):
                case "SetQuery":
                    asked = _or_raise(asked_settings(cast("Node", root), self.limits))
                    return self._noted(context, Context(settings=asked))
                case "UseQuery":
                    named = cast("Node", cast("Node", root)["database"])
                    return self._noted(context, Context(database=str(named["name"])))
                case _:
                    checked = self._checked(query, root, parameters, self._database(context))
            return self._run(checked, default_format, parameters, context)
        except RuntimeError as error:
            raise QueryError.failed(error) from error

    @cached_property
    def catalogue(self) -> Catalogue:
        """What the engine says of itself."""
        return Catalogue(self.path, self.database)

    def _run(
        self,
        checked: _Checked,
        default_format: str,
        parameters: Mapping[str, str],
        context: Context,
    ) -> Answer:
        output = checked.format or default_format
        handle = self._prepared(context.changed_by(Context(settings=checked.settings)))
        try:
            handle.query("set readonly = 1")
            result = handle.query(checked.text, default_format, params=dict(parameters))
            return Answer(
                body=result.bytes() or b"",
                format=output,
                content_type=self.catalogue.content_types.get(output, "text/plain; charset=UTF-8"),
                rows=result.rows_read(),
                rows_read=result.storage_rows_read(),
                bytes_read=result.storage_bytes_read(),
                elapsed_ns=int(result.elapsed() * 1_000_000_000),
            )
        finally:
            handle.close()

    def _database(self, context: Context) -> str:
        return self.database if context.database in {"", "default"} else context.database

    def _noted(self, context: Context, change: Context) -> Answer:
        self._prepared(context.changed_by(change)).close()
        return Answer(leaves=change)

    def _prepared(self, context: Context) -> Any:
        """A handle with limits, the readers' view of `system`, and a context; not yet read-only."""
        held = _or_raise(admitted(context.settings, self.limits))
        settings = {**self.limits.settings(), **held}
        changes = [
            f"{quote_identifier(name)} = {quoted(value)}" for name, value in settings.items()
        ]
        handle: Any = chdb.connect(self.path)
        try:
            handle.query(f"set additional_table_filters = {self.catalogue.filters}")
            handle.query(f"set {', '.join(changes)}")
            handle.query(f"use {quote_identifier(self._database(context))}")
        except RuntimeError:
            handle.close()
            raise
        return handle

    def _parsed(self, query: str) -> Node | None:
        """The query as data; None for a known statement that the engine cannot give as such."""
        try:
            parsed = self.catalogue.ask("select parseQueryToJSON({query:String})", query=query)
            return cast("Node", orjson.loads(parsed))
        except RuntimeError as error:
            if _NOT_AS_DATA.search(str(error)):
                return None
            if "parseQueryToJSON" in str(error) and "Code: 36." in str(error):
                raise QueryError.refused(refused_statement(query)) from error
            raise
        except orjson.JSONDecodeError as error:
            text = "the query is nested too deeply"
            raise QueryError.refused(Refusal(306, "TOO_DEEP_RECURSION", text)) from error

    def _checked(
        self, query: str, root: Node | None, parameters: Mapping[str, str], database: str
    ) -> _Checked:
        if root is None:
            named = about(query)
            if named is None:
                raise QueryError.refused(refused_statement(query))
            if why := refused_table(named.database or database, named.table):
                raise QueryError.refused(why)
            return _Checked(query, named.format)
        if root.get("type") not in STATEMENTS:
            raise QueryError.refused(refused_statement(query))
        known = self.catalogue.functions
        if any(isinstance(node.get("table_function"), dict) for node in nodes_of(root)):
            known = replace(known, views=self.catalogue.views())
        if why := refusal(root, parameters, known, database=database):
            raise QueryError.refused(why)
        output = cast("Node", root.get("format_ast") or {})
        settings = _or_raise(asked_settings(root, self.limits))
        if as_select(query) == query and self._shows_settings(root, database):
            query = self.catalogue.ask(
                "select formatQueryFromJSON({query:String})", query=orjson.dumps(root).decode()
            ).decode()
        return _Checked(query, str(output.get("name") or ""), settings)

    def _shows_settings(self, root: Node, database: str) -> bool:
        """Have `system.settings` say what can be changed here: under readonly=1 it says nothing can.

        Clients look there before they send a setting.
        """
        found = False
        for node in nodes_of(root):
            named = cast("Node", node.get("database_and_table_name") or {})
            if str(named.get("name")).lower() in _SETTINGS_TABLE[: 1 + (database == "system")]:
                shown = orjson.loads(orjson.dumps(self.catalogue.settings))
                shown["alias"] = named.get("alias") or "settings"
                table = cast("dict[str, object]", node)
                del table["database_and_table_name"]
                table["subquery"] = shown
                found = True
        return found


def _or_raise(found: Mapping[str, str] | Refusal) -> Mapping[str, str]:
    if isinstance(found, Refusal):
        raise QueryError.refused(found)
    return found
