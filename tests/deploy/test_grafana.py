"""Grafana's dashboards and alerts: well formed, and every query of theirs answered with what is known.

Grafana itself is not among what can be installed here; that it draws what these queries give is not checked.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import clickhouse_connect
import pytest
import yaml
from support.grafana import Variables, expanded, queries
from support.hotel_group import SHARES, SPENT, THIS, a_ledger, hotel_group
from support.ledger import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "grafana"
DASHBOARDS = {
    path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("dashboards/*.json"))
}
NAMES = ("datasources", "dashboards", "alerting")
PROVISIONED = {
    name: yaml.safe_load((FOLDER / "provisioning" / name / "spantally.yaml").read_text())
    for name in NAMES
}
RULES = {rule["title"]: rule for rule in PROVISIONED["alerting"]["groups"][0]["rules"]}
QUERIES = [(name, where) for name, board in DASHBOARDS.items() for where in queries(board)]


EMPTY = {
    "Margin by month A",  # nobody imported revenue
    "Plans that are used up A",  # or plans
    "Seconds from the end of a span to its row A",  # all was booked now, after the quarter
}
"""Queries that have nothing to say of the hotel group's quarter."""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The hotel group's quarters, read over the embedded interface as Grafana reads them."""
    with a_ledger(tmp_path_factory.mktemp("grafana")) as store, served(store.query_app) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with clickhouse_connect.get_client(host=host, port=int(port), database="default") as client:
            yield client


def ask(client: Client, sql: str, variables: Variables) -> list[dict[str, Any]]:
    result = client.query(expanded(sql, THIS.start, THIS.end, variables))
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


@pytest.fixture(scope="module")
def variables(ledger: Client) -> dict[str, dict[str, str | list[str]]]:
    """Dashboard to its variables: everything that the query of one finds, or what the text says."""
    found: dict[str, dict[str, str | list[str]]] = {}
    for name, dashboard in DASHBOARDS.items():
        found[name] = {}
        for each in dashboard["templating"]["list"]:
            if each["type"] == "query":
                rows = ask(ledger, each["query"], {})
                found[name][each["name"]] = [next(iter(row.values())) for row in rows]
            elif each["type"] == "textbox":
                found[name][each["name"]] = each["query"]
    return found


@pytest.fixture
def panel(ledger: Client, variables: dict[str, dict[str, str | list[str]]]) -> Any:
    """A panel's rows by dashboard and title."""

    def rows(name: str, title: str) -> list[dict[str, Any]]:
        return ask(ledger, queries(DASHBOARDS[name])[f"{title} A"], variables[name])

    return rows


@pytest.mark.parametrize(("name", "where"), QUERIES, ids=lambda part: str(part).replace(" ", "-"))
def test_every_query_is_answered(
    ledger: Client, variables: dict[str, dict[str, str | list[str]]], name: str, where: str
) -> None:
    rows = ask(ledger, queries(DASHBOARDS[name])[where], variables[name])
    assert rows or where in EMPTY
    if rows and where.endswith("A") and _format_of(name, where) == "timeseries":
        first = [next(iter(row)) for row in rows]
        assert set(first) == {"time"}
        assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


def _format_of(name: str, where: str) -> str:
    return next(
        target["queryType"]
        for panel in DASHBOARDS[name]["panels"]
        for target in panel["targets"]
        if f"{panel['title']} {target['refId']}" == where
    )


def money(value: float | None) -> Decimal | None:
    """Grafana has floats; its cents are exact."""
    return None if value is None else Decimal(value).quantize(Decimal("0.00000001"))


@pytest.mark.parametrize("name", ["finance", "models"])
def test_the_sum_and_its_coverage(panel: Any, name: str) -> None:
    calls = [
        call
        for call in hotel_group().calls
        if THIS.start <= call.at < THIS.end and call.status != "not_billed"
    ]
    uncertain = sum(call.status in {"unpriced", "partially_priced"} for call in calls)
    assert money(panel(name, "Known spend")[0]["spend"]) == SPENT[THIS]
    assert panel(name, "Calls without a full price") == [{"calls": uncertain}]
    reported = sum(call.status != "partially_priced" for call in calls) / len(calls)
    assert panel(name, "Usage reported")[0]["share"] == pytest.approx(reported)
    assert 0.999 < panel(name, "Tokens priced")[0]["share"] < 1
    assert panel(name, "Spend attributed") == [{"share": 1.0}]


def test_the_bar_chart_of_team_and_feature(panel: Any) -> None:
    """The same numbers as `spantally report`; nobody's calls are of unknown cost, not of none."""
    rows = panel("finance", "Spend by team and feature")
    assert sum(money(row["cost"]) or 0 for row in rows) == SPENT[THIS]
    parts = sorted(money(row["cost"]) for row in rows if row["cost"] is not None)
    assert parts == sorted(SPENT[THIS] * share / 100 for share in SHARES.values())
    (nobody,) = [row for row in rows if row["team_name"] == "unattributed"]
    assert nobody["cost"] is None


def test_days_sum_to_the_quarter(panel: Any) -> None:
    for name, title in (("finance", "Spend by day"), ("customers", "Spend by customer"),
                        ("models", "Spend by model")):  # fmt: skip
        days = [row["cost"] for row in panel(name, title)]
        assert sum(cost or 0 for cost in days) == pytest.approx(float(SPENT[THIS])), title
        assert None in days, "a part of unknown cost is unknown"


def test_what_changed_is_the_difference_of_the_quarters(panel: Any) -> None:
    """A day more at both ends: Grafana's range is inclusive, and 92 days before July is the 31st of March."""
    rows = {row["team"]: row for row in panel("finance", "What changed against the time before")}
    known = rows["guest-experience"]
    assert money(known["known_cost"]) == SPENT[THIS] * 45 / 100
    assert money(known["before"]) == Decimal(90)
    assert money(known["difference"]) == SPENT[THIS] * 45 / 100 - 90
    assert rows["unattributed"]["known_cost"] is None
    assert rows["unattributed"]["difference"] is None


def test_traces_come_costliest_first_and_link_to_the_page_and_the_tracing_ui(panel: Any) -> None:
    rows = panel("engineering", "Costliest traces")
    costs = [row["known_cost"] for row in rows]
    assert costs == sorted(costs, reverse=True)
    assert len(rows) == 50
    (board,) = [p for p in DASHBOARDS["engineering"]["panels"] if p["title"] == "Costliest traces"]
    properties = [
        each
        for override in board["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == "trace_id"
        for each in override["properties"]
    ]
    urls = [link["url"] for each in properties if each["id"] == "links" for link in each["value"]]
    assert urls == ["${page}/#trace=${__value.raw}", "${traces}${__value.raw}"]


def test_data_quality_names_what_is_to_be_mended(panel: Any) -> None:
    unpriced = [call for call in hotel_group().calls if call.status == "unpriced"]
    (nobody, *_) = panel("data-quality", "Nobody is named: services")
    assert nobody["known_cost"] is None
    assert nobody["of_unknown_cost"] == len(unpriced)
    lost = panel("data-quality", "Where tags get lost")
    assert {(row["tag"], row["below_service"]) for row in lost} >= {("customer", "room-offers")}


@pytest.mark.parametrize("title", RULES)
def test_an_alert_gives_one_number_or_none(ledger: Client, title: str) -> None:
    query, threshold = RULES[title]["data"]
    rows = ask(ledger, query["model"]["rawSql"], {})
    assert len(rows) <= 1
    assert all(isinstance(value, (int, float)) for row in rows for value in row.values())
    assert threshold["datasourceUid"] == "__expr__"
    assert threshold["model"]["expression"] == query["refId"]
    assert RULES[title]["condition"] == threshold["refId"]
    assert query["datasourceUid"] == PROVISIONED["datasources"]["datasources"][0]["uid"]


def test_an_alert_is_silent_where_nothing_is_known(ledger: Client) -> None:
    """Only the rule on calls that do not arrive speaks of a time without any."""
    before = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)
    spoken = {
        title: ledger.query(expanded(rule["data"][0]["model"]["rawSql"], *before, {})).result_rows
        for title, rule in RULES.items()
    }
    assert {title: rows for title, rows in spoken.items() if rows} == {
        "No calls for six hours": [(0,)]
    }


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_well_formed(name: str) -> None:
    board = DASHBOARDS[name]
    assert board["uid"] == f"spantally-{name}"
    assert board["schemaVersion"] >= 39
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    titles = Counter(panel["title"] for panel in board["panels"])
    assert set(titles.values()) == {1}
    taken: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_reference_of_a_dashboard_resolves(name: str) -> None:
    board = DASHBOARDS[name]
    declared = {each["name"] for each in board["templating"]["list"]}
    (source,) = [each for each in board["templating"]["list"] if each["type"] == "datasource"]
    provisioned = PROVISIONED["datasources"]["datasources"][0]
    assert source["query"] == provisioned["type"]
    assert source["current"]["value"] == provisioned["uid"]
    own = {"type": provisioned["type"], "uid": f"${{{source['name']}}}"}
    used = [*board["panels"], *board["annotations"]["list"]]
    used += [target for panel in board["panels"] for target in panel["targets"]]
    used += [each for each in board["templating"]["list"] if each["type"] == "query"]
    assert all(each["datasource"] == own for each in used)
    text = json.dumps(board)
    for variable in declared - {"datasource"}:
        assert f"${{{variable}" in text or f"${variable}" in text, f"{variable} is not used"


def test_no_two_dashboards_or_rules_share_an_id() -> None:
    uids = [board["uid"] for board in DASHBOARDS.values()]
    uids += [rule["uid"] for rule in RULES.values()]
    assert len(set(uids)) == len(uids)
    assert set(DASHBOARDS) == {"finance", "engineering", "models", "customers", "data-quality"}
