"""How the ledger is asked: queries by name, values bound, answers as Python has them.

Money comes as exact decimals, and an unknown cost as None. The SQL is in `queries/`; what a question may be
asked by is put in from `dimensions.py` alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from spantally_processor.store.dimensions import conditions
from spantally_processor.store.sql_files import sql_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally_processor.periods import Period
    from spantally_processor.store.engine import Engine

Where: TypeAlias = "Mapping[str, str]"
"""Key to the value that a call must have."""

NO_CONDITION: Where = MappingProxyType({})


def ask(engine: Engine, name: str, parameters: Mapping[str, object]) -> list[list[Any]]:
    """The rows of a query of `queries/`, their times with zone and their lists as tuples."""
    return answers(engine, query(name), parameters)


def answers(engine: Engine, text: str, parameters: Mapping[str, object]) -> list[list[Any]]:
    """The same of a query's text."""
    return [[_as_value(field) for field in row] for row in engine.rows(text, parameters)]


def query(name: str) -> str:
    """The text of a query of `queries/`."""
    return _queries()[f"{name}.sql"]


@cache
def _queries() -> dict[str, str]:
    return sql_files("queries")


def ask_of(engine: Engine, name: str, period: Period, where: Where) -> list[list[Any]]:
    """The same of the calls of a period that satisfy a condition; the query has a place for it."""
    condition = conditions(where)
    text = Template(query(name)).substitute(condition=condition.sql)
    return answers(engine, text, condition.parameters | period.parameters())


def _as_value(field: object) -> object:
    """Times with their zone, which the driver leaves out, and lists as tuples."""
    match field:
        case datetime():
            return field.replace(tzinfo=UTC)
        case list():
            return tuple(cast("list[object]", field))
        case _:
            return field
