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

STATEMENTS = frozenset({"SelectWithUnionQuery", "ExplainQuery", "ShowTablesQuery"})
"""Node types that a query may start with."""

INNER_STATEMENTS = frozenset({*STATEMENTS, "SelectQuery", "SetQuery", "TablesInSelectQuery"})
"""Node types named "…Query" that may be inside one; any other, such as under EXPLAIN, is refused."""

TABLE_FUNCTIONS = frozenset(
    {
        "llm_calls_between",
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
"""Table functions that read nothing but their arguments, and our views of a period; lower case."""

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
    _cast bar caseWithExpression currentDatabase currentUser exists formatReadableDecimalSize
    formatReadableQuantity formatReadableSize formatReadableTimeDelta grouping hostName identity ignore
    lambda materialize neighbor rowNumberInAllBlocks runningAccumulate runningDifference serverTimezone
    timezone toColumnTypeName toTypeName transform uptime version
    """.lower().split()
)
"""Harmless functions of other categories; lower case."""

_DESCRIBE = re.compile(
    r"^\s*desc(?:ribe)?\s+(?:table\s+)?(?:`\w+`|\w+)(?:\.(?:`\w+`|\w+))?(?:\s+format\s+\w+)?\s*;?\s*$",
    re.IGNORECASE,
)


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


def describes_a_table(query: str) -> bool:
    """DESCRIBE of a named table: the one harmless statement that the engine cannot parse as data."""
    return _DESCRIBE.match(query) is not None


def refusal(root: Node, parameters: Mapping[str, str], known: KnownFunctions) -> Refusal | None:
    """Why the parsed query must not run; None when it may.

    Args:
        root: The query as the engine's `parseQueryToJSON` gives it.
        parameters: Values of the query's `{name:Type}`.
        known: The engine's functions.
    """
    if (kind := root.get("type")) not in STATEMENTS:
        return Refusal(164, "READONLY", f"only queries are answered here, not {kind}")
    for node in _nodes(root):
        kind = str(node.get("type") or "")
        if kind.endswith("Query") and kind not in INNER_STATEMENTS:
            return Refusal(164, "READONLY", f"only queries are answered here, not {kind}")
        if node.get("out_file"):
            return Refusal(164, "READONLY", "INTO OUTFILE is not answered here")
        if isinstance(call := node.get("table_function"), Mapping):
            name = str(cast("Node", call).get("name"))
            if name.lower() not in TABLE_FUNCTIONS:
                return Refusal(497, "ACCESS_DENIED", f"table function {name} is not available")
        elif (name := _called(node, parameters, known)) is not None:
            return Refusal(497, "ACCESS_DENIED", f"function {name} is not available")
    return None


def _called(node: Node, parameters: Mapping[str, str], known: KnownFunctions) -> str | None:
    """The function that this node may call and a reader may not, if any."""
    name = str(node.get("name") or node.get("func_name") or "")
    match node.get("type"):
        case "Function" if name.lower() not in TABLE_FUNCTIONS and not known.allows(name):
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


def _nodes(value: object) -> list[Node]:
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
