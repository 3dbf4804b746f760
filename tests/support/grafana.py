"""Grafana's part between a dashboard and the ledger: its ClickHouse plugin's macros, and variables.

After the plugin's own `pkg/macros/macros.go` (grafana/clickhouse-datasource, read in November 2026); only the
macros that our dashboards use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

Variables = Mapping[str, str | Sequence[str]]


def expanded(sql: str, start: datetime, end: datetime, variables: Variables) -> str:
    """The SQL that reaches ClickHouse; fails on a macro or variable that is not known here."""

    def moment(at: datetime) -> str:
        return f"toDateTime({int(at.timestamp())})"

    def date(at: datetime) -> str:
        return f"toDate('{at:%Y-%m-%d}')"

    def between(column: str, as_sql: Callable[[datetime], str]) -> str:
        return f"{column} >= {as_sql(start)} AND {column} <= {as_sql(end)}"

    text = re.sub(r"\$__timeFilter\((\w+)\)", lambda match: between(match[1], moment), sql)
    text = re.sub(r"\$__dateFilter\((\w+)\)", lambda match: between(match[1], date), text)
    text = text.replace("$__fromTime", moment(start)).replace("$__toTime", moment(end))
    text = re.sub(r"\$\{(\w+):singlequote\}", lambda match: _quoted(variables[match[1]]), text)
    text = re.sub(r"\$\{?([a-z]\w*)\}?", lambda match: str(variables[match[1]]), text)
    assert "$" not in text, text
    return text


def queries(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Where each query of a dashboard is, and its SQL: panels, variables, annotations."""
    found = {
        f"{panel['title']} {target['refId']}": target["rawSql"]
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }
    found |= {
        f"variable {each['name']}": each["query"]
        for each in dashboard["templating"]["list"]
        if each["type"] == "query"
    }
    return found | {
        f"annotation {each['name']}": each["target"]["rawSql"]
        for each in dashboard["annotations"]["list"]
    }


def _quoted(values: str | Sequence[str]) -> str:
    """`${name:singlequote}`: each value in quotes, its own quotes with a backslash before them."""
    chosen = [values] if isinstance(values, str) else values
    return ",".join("'" + value.replace("'", "\\'") + "'" for value in chosen)
