"""Queries over the embedded ledger that can change nothing and cannot run away.

Each query gets a handle of its own (1 ms), with its database and limits set and then `readonly=1`,
so nothing that one reader does is seen by the next, and readers run beside each other and the
writer. This talks to chDB directly: clickhouse-connect would decode rows that only pass through.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import chdb
import orjson
from clickhouse_connect.driver.binding import quote_identifier

from spantally_processor.store.read_rules import (
    KnownFunctions,
    Node,
    Refusal,
    describes_a_table,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

OUTPUT_SETTINGS = frozenset(
    {
        "date_time_output_format",
        "output_format_csv_delimiter",
        "output_format_decimal_trailing_zeros",
        "output_format_json_named_tuples_as_objects",
        "output_format_json_quote_64bit_integers",
        "output_format_json_quote_decimals",
        "output_format_json_quote_denormals",
        "output_format_json_quote_64bit_floats",
    }
)
"""What a reader may set. Named one by one: `output_format_schema`, for one, writes a file."""

_CODE = re.compile(r"Code: (\d+)")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much one query may take."""

    seconds: int = 30
    memory_bytes: int = 1_000_000_000
    result_rows: int = 1_000_000
    result_bytes: int = 256_000_000

    def settings(self) -> dict[str, str]:
        """The same as ClickHouse settings; half of the memory may be used before sorting on disk."""
        spill = str(self.memory_bytes // 2)
        return {
            "max_execution_time": str(self.seconds),
            "max_memory_usage": str(self.memory_bytes),
            "max_result_rows": str(self.result_rows),
            "max_result_bytes": str(self.result_bytes),
            "max_bytes_before_external_group_by": spill,
            "max_bytes_before_external_sort": spill,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """A query's result in its output format."""

    body: bytes
    format: str
    rows_read: int
    bytes_read: int
    elapsed_ns: int


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
        code, names = _CODE.search(text), cast("list[str]", _NAME.findall(text))
        return cls(int(code[1]) if code else 1001, names[-1] if names else "STD_EXCEPTION", text)


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
        database: str = "",
        settings: Mapping[str, str] | None = None,
    ) -> Answer:
        """Run one query.

        Args:
            query: ClickHouse SQL; its own FORMAT wins over `default_format`.
            default_format: Output format.
            parameters: Values of the query's `{name:Type}`, escaped as in ClickHouse's HTTP interface.
            database: Where unqualified names are looked up; the ledger's own when empty.
            settings: Output settings, of those in `OUTPUT_SETTINGS`.

        Raises:
            QueryError: It was refused or failed.
        """
        parameters = parameters or {}
        output = self._checked(query, parameters) or default_format
        handle = self._handle(self.limits)
        try:
            for name, value in (settings or {}).items():
                handle.query(f"set {_output_setting(name)} = {_quoted(value)}")
            handle.query(f"use {quote_identifier(database or self.database)}")
            handle.query("set readonly = 1")
            result = handle.query(query, default_format, params=dict(parameters))
            return Answer(
                body=result.bytes() or b"",
                format=output,
                rows_read=result.rows_read(),
                bytes_read=result.bytes_read(),
                elapsed_ns=int(result.elapsed() * 1_000_000_000),
            )
        except RuntimeError as error:
            raise QueryError.failed(error) from error
        finally:
            handle.close()

    def _checked(self, query: str, parameters: Mapping[str, str]) -> str:
        """The output format that the query itself names, once it is known to be harmless."""
        if describes_a_table(query):
            return ""
        handle = self._handle()
        try:
            parsed = handle.query(
                "select parseQueryToJSON({query:String})",
                "TSVRaw",
                params={"query": _escaped(query)},
            )
            root = cast("Node", orjson.loads(parsed.bytes()))
        except RuntimeError as error:
            raise QueryError.failed(error) from error
        finally:
            handle.close()
        if why := refusal(root, parameters, self._known_functions):
            raise QueryError.refused(why)
        output = cast("Node", root.get("format_ast") or {})
        return str(output.get("name") or "")

    @cached_property
    def _known_functions(self) -> KnownFunctions:
        handle = self._handle()
        try:
            functions = handle.query(
                "select name, alias_to, categories, is_aggregate from system.functions",
                "JSONCompactEachRow",
            )
            combinators = handle.query(
                "select name from system.aggregate_function_combinators", "TSVRaw"
            )
            return KnownFunctions.of(
                [tuple(orjson.loads(line)) for line in functions.bytes().splitlines()],
                combinators.bytes().decode().split(),
            )
        finally:
            handle.close()

    def _handle(self, limits: ReadLimits | None = None) -> Any:
        # Only settings of ours go in here: chDB decodes the whole string before it splits it.
        options = urlencode(limits.settings()) if limits else ""
        try:
            return chdb.connect(f"{self.path}?{options}" if options else self.path)
        except RuntimeError as error:
            raise QueryError.failed(error) from error


def _output_setting(name: str) -> str:
    if name not in OUTPUT_SETTINGS:
        why = Refusal(164, "READONLY", f"setting {name!r} cannot be changed here")
        raise QueryError.refused(why)
    return name


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _escaped(text: str) -> str:
    """A parameter's value in the escaped form that ClickHouse reads."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
