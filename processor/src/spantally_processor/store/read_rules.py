"""What a reader may ask of the embedded ledger.

chDB has no users, and `readonly=1` is not enough by itself: measured with chDB 26.9 in November 2026,
a read-only session still reads any file of the machine with the scalar function `file()` (also as
`arrayMap(file, …)` and `* apply(file)`), writes one with INTO OUTFILE, kills queries, and sees Python
objects of this process through `python()`. So the engine parses each query as data, and only what is
known to compute on the ledger's own rows passes; what a new engine version adds is refused at first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

Node = Mapping[str, object]

STATEMENTS = frozenset(
    {
        "SelectWithUnionQuery",
        "ExplainQuery",
        "ShowTablesQuery",
        "ShowColumnsQuery",
        "ShowIndexesQuery",
    }
)
"""Node types that a query may start with."""

INNER_STATEMENTS = frozenset({*STATEMENTS, "SelectQuery", "SetQuery", "TablesInSelectQuery"})
"""Node types named "…Query" that may be inside one; any other, such as under EXPLAIN, is refused."""

TABLE_FUNCTIONS = frozenset(
    {
        "generate_series",
        "generateseries",
        "null",
        "numbers",
        "numbers_mt",
        "values",
        "view",
        "zeros",
    }
)
"""Table functions that read nothing but their arguments; lower case. The ledger's own views that
take arguments come on top."""

SYSTEM_TABLES = frozenset(
    """
    aggregate_function_combinators build_options clusters codecs collations columns constraints
    contributors current_roles data_skipping_indices data_type_families database_engines
    databases dictionaries enabled_roles formats functions keywords licenses macros
    merge_tree_settings numbers numbers_mt one parts projections settings table_engines
    table_functions tables time_zones unicode zeros zeros_mt
    """.lower().split()
)
"""What a reader sees of `system`: the ledger's own tables, and what the engine can do. Nothing about
other people's queries, the machine, its disks or its users."""

CATEGORIES = frozenset(
    {
        "Aggregate Functions",
        "Arithmetic",
        "Arrays",
        "Bit",
        "Bitmap",
        "Comparison",
        "Conditional",
        "Dates and Times",
        "Distance",
        "Encoding",
        "Financial",
        "Geo",
        "Hash",
        "IP Address",
        "JSON",
        "Logical",
        "Map",
        "Mathematical",
        "Null",
        "Random Number",
        "Rounding",
        "String",
        "String Replacement",
        "String Search",
        "String Splitting",
        "Time Window",
        "Tuple",
        "Type Conversion",
        "URL",
        "UUID",
    }
)
"""Categories of system.functions that compute on their arguments alone."""

FUNCTIONS = frozenset(
    """
    _cast bar byteSize caseWithExpression connectionId countDigits currentDatabase currentRoles
    currentSchemas currentUser displayName enabledRoles exists formatReadableDecimalSize
    formatReadableQuantity formatReadableSize formatReadableTimeDelta getSetting grouping
    hostName identity ignore
    isDecimalOverflow lambda materialize neighbor queryID revision rowNumberInAllBlocks
    runningAccumulate runningDifference serverTimezone timezone toColumnTypeName toTypeName transform
    uptime version
    """.lower().split()
)
"""Harmless functions of other categories; lower case."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a query is not run, under ClickHouse's own error code and name."""

    code: int
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class KnownFunctions:
    """The functions of an engine, sorted into those that a reader may call and the others."""

    allowed: frozenset[str]
    """Lower case, aliases included."""
    refused: frozenset[str]
    aggregates: frozenset[str]
    combinator: re.Pattern[str] = field(repr=False)
    views: frozenset[str] = frozenset()
    """The ledger's views, some of which take arguments."""

    @classmethod
    def of(
        cls, functions: Sequence[tuple[str, str, str, int]], combinators: Sequence[str]
    ) -> KnownFunctions:
        """Sort rows (name, alias_to, categories, is_aggregate) of system.functions."""
        originals = {
            name
            for name, alias_to, categories, is_aggregate in functions
            if not alias_to
            and (is_aggregate or categories in CATEGORIES or name.lower() in FUNCTIONS)
        }
        allowed = FUNCTIONS | {
            name.lower()
            for name, alias_to, _, _ in functions
            if name in originals or alias_to in originals
        }
        return cls(
            allowed=frozenset(allowed),
            refused=frozenset(name.lower() for name, *_ in functions) - allowed,
            aggregates=frozenset(name.lower() for name, _, _, aggregate in functions if aggregate),
            combinator=re.compile(f"(?:{'|'.join(combinators).lower()})$"),
        )

    def allows(self, name: str) -> bool:
        """Whether a reader may call `name`, aggregate combinators such as -If understood."""
        name = name.lower()
        if name in self.allowed:
            return True
        while suffix := self.combinator.search(name):
            name = name[: suffix.start()]
            if name in self.aggregates:
                return True
        return False

    def allows_table(self, name: str) -> bool:
        """Whether a reader may read from `name(…)`: a view of the ledger, or what only computes."""
        return name.lower() in TABLE_FUNCTIONS or name in self.views


def refused_table(database: str, table: str) -> Refusal | None:
    """Why a table of a database must not be read; None when it may."""
    if database.lower() != "system" or not table or table.lower() in SYSTEM_TABLES:
        return None
    return Refusal(497, "ACCESS_DENIED", f"table system.{table} is not available")


def refusal(
    root: Node, parameters: Mapping[str, str], known: KnownFunctions, *, database: str
) -> Refusal | None:
    """Why the parsed query must not run; None when it may.

    Args:
        root: The query, one of `STATEMENTS`, as the engine's `parseQueryToJSON` gives it.
        parameters: Values of the query's `{name:Type}`.
        known: The engine's functions, and the views that are called like one.
        database: Where names without a database are looked up.
    """
    return next(
        (
            why
            for node in nodes_of(root)
            if (why := _refused_node(node, parameters, known, database))
        ),
        None,
    )


def _refused_node(
    node: Node, parameters: Mapping[str, str], known: KnownFunctions, database: str
) -> Refusal | None:
    kind = str(node.get("type") or "")
    if kind.endswith("Query") and kind not in INNER_STATEMENTS:
        return Refusal(164, "READONLY", f"only queries are answered here, not {kind}")
    if node.get("out_file"):
        return Refusal(164, "READONLY", "INTO OUTFILE is not answered here")
    if kind == "TableIdentifier" and (why := _refused_name(node, parameters, database)):
        return why
    if isinstance(call := node.get("table_function"), Mapping):
        name = str(cast("Node", call).get("name"))
        if not known.allows_table(name):
            return Refusal(497, "ACCESS_DENIED", f"table function {name} is not available")
    elif (name := _called(node, parameters, known)) is not None:
        return Refusal(497, "ACCESS_DENIED", f"function {name} is not available")
    return None


def _refused_name(node: Node, parameters: Mapping[str, str], database: str) -> Refusal | None:
    parts = [str(part) for part in cast("Sequence[object]", node.get("name_parts") or ())]
    given = [each for each in nodes_of(node) if each.get("type") == "QueryParameter"]
    if given:
        names = ".".join(parameters.get(str(each.get("name")), "") for each in given).split(".")
        parts = [*filter(None, parts), *names]
    elif not parts:
        parts = [str(node.get("name"))]
    return refused_table(parts[-2] if len(parts) > 1 else database, parts[-1])


def _called(node: Node, parameters: Mapping[str, str], known: KnownFunctions) -> str | None:
    """The function that this node may call and a reader may not, if any."""
    name = str(node.get("name") or node.get("func_name") or "")
    match node.get("type"):
        case "Function" if not known.allows_table(name) and not known.allows(name):
            return name
        case "ColumnsApplyTransformer" if name and not known.allows(name):
            return name
        case "Identifier" if _last(name) in known.refused:
            return name  # a higher-order function takes it for a function
        case "QueryParameter" if node.get("param_type") == "Identifier":
            value = parameters.get(name, "")
            return value if _last(value) in known.refused else None
        case _:
            return None


def _last(identifier: str) -> str:
    return identifier.rpartition(".")[2].lower()


def nodes_of(value: object) -> list[Node]:
    """Every node of the tree, the root first."""
    found: list[Node] = []
    waiting: list[object] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            node = cast("Node", each)
            found.append(node)
            waiting.extend(node.values())
        elif isinstance(each, list):
            waiting.extend(cast("list[object]", each))
    return found
