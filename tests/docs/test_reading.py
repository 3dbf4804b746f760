"""The pages on reading are executed: their SQL on known calls, their configuration by what reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import clickhouse_connect
import pytest
from spantally_processor.config_file import load_settings
from spantally_processor.receivers.spend_http import PATH, PERIOD, question
from support.hotel_group import a_ledger
from support.ledger import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
NAMES = ("open-the-page", "see-it-in-grafana", "metabase-and-superset")
PAGES = [*(HOW_TO / f"{name}.md" for name in NAMES), HOW_TO.parent / "for-platform-teams.md"]


def blocks(language: str) -> list[str]:
    form = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [block for page in PAGES for block in form.findall(page.read_text())]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with a_ledger(tmp_path_factory.mktemp("reading")) as store, served(store.query_app) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with clickhouse_connect.get_client(host=host, port=int(port)) as client:
            yield client


@pytest.mark.parametrize("sql", blocks("sql"))
def test_the_sql_of_a_page_finds_something(ledger: Client, sql: str) -> None:
    assert ledger.query(sql).result_rows


@pytest.mark.parametrize("toml", blocks("toml"))
def test_the_configuration_of_a_page_is_right(tmp_path: Path, toml: str) -> None:
    file = tmp_path / "spantally.toml"
    file.write_text(toml)
    assert load_settings(file, environment={}).readers


def test_the_page_has_every_parameter_of_spend_over_http_and_asks_for_it_rightly() -> None:
    page = (HOW_TO / "open-the-page.md").read_text()
    assert [name for name in ("group_by", "where", *PERIOD) if f"`{name}`" not in page] == []
    (asked,) = re.findall(rf"{PATH}\?([^']+)'", page)
    period, cuts, where = question(asked)
    assert (period.has_start, cuts, where) == (True, [("team", "feature")], {})
