"""`spantally forget`: the id is gone from where we keep it, the money is not."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from spantally_processor.config import Target
from spantally_processor.store import open_store
from support.backend import a_backend
from support.clickhouse_server import ClickHouseServer
from support.command import Spantally
from support.ledger import a_call, book, served, server_rows
from support.otlp import a_call as a_span
from support.otlp import a_request
from support.processor import running, settings_in, until

if TYPE_CHECKING:
    from pathlib import Path

ASKED = "select user, tag_conflicts['user'], toString(cost) from llm_spans order by cost"


def rows_of_users() -> list[dict[str, object]]:
    """Three calls of u-17, by tag and by a value that the tag lost, and some that only look so."""
    lost = {"user": ["header=u-17", "resource=u-1"], "team": ["env=u-17"]}
    return [
        a_call(user=user, tag_conflicts=conflicts, cost=Decimal(cost), customer=customer, tenant=tenant)
        for user, conflicts, cost, customer, tenant in [
            ("u-17", {}, "0.1", "", ""),
            ("u-17", {"user": ["header=u-18"]}, "0.2", "", ""),
            ("u-1", lost, "0.3", "u-17", ""),
            ("u-177", {}, "0.4", "", ""),
            ("u-17", {}, "0.5", "", "acme"),
        ]
    ]  # fmt: skip


def test_the_id_goes_and_the_cost_stays_and_nobody_else_is_touched(tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path}/ledger")
    store.migrate()
    book(store, rows_of_users())
    store.close()
    spantally = Spantally(str(tmp_path))

    planned = spantally.json("forget", "--user", "u-17", "--dry-run")
    assert planned["rows"] == {"llm_spans.user": 3, "llm_spans.tag_conflicts": 1}
    assert planned["elsewhere"] == {"llm_spans.customer": 1}
    assert planned["rows_left"] == 4, "a dry run changes nothing"
    one_tenant = spantally.json("forget", "--user", "u-17", "--tenant", "acme")
    assert (one_tenant["rows"]["llm_spans.user"], one_tenant["rows_left"]) == (1, 0)
    rest = spantally.run("forget", "--user", "u-17")
    assert "llm_spans.user           2 rows emptied" in rest
    assert "back-ups and snapshots of the ledger" in rest
    assert "names no such user" in spantally.run("forget", "--user", "u-17", exit_code=1)

    store = open_store(f"chdb://{tmp_path}/ledger")
    assert [tuple(row) for row in store.rows(ASKED)] == [
        ("", [], "0.1"),
        ("", ["header=u-18"], "0.2"),
        ("u-1", ["resource=u-1"], "0.3"),
        ("u-177", [], "0.4"),
        ("", [], "0.5"),
    ]
    lost_teams = store.rows("select tag_conflicts['team'] from llm_calls where user = 'u-1'")
    assert lost_teams == [(["env=u-17"],)], "it is not a user's id there"
    assert store.rows("select sum(cost) from llm_calls")[0][0] == Decimal("1.5")
    store.close()


def test_a_running_processor_does_it_and_says_what_its_spool_still_holds(tmp_path: Path) -> None:
    with a_backend() as backend:
        settings = settings_in(tmp_path, forward=(Target(url=backend.url),))
        with running(settings) as processor:
            spantally = Spantally(str(tmp_path))
            backend.status = 400
            tagged = a_span(**{"spantally.tag.user": "u-17"})
            processor.post(a_request(tagged, a_span()).SerializeToString())
            processor.settle()
            until(lambda: processor.metric("spantally_spans_quarantined_total") == 2)
            before = processor.rows("select sum(cost), count() from llm_calls")

            answer = spantally.json("forget", "--user", "u-17")
            assert (answer["rows"]["llm_spans.user"], answer["rows_left"]) == (1, 0)
            assert (answer["requests_waiting"], answer["dead_letters"]) == ([], [1])
            assert processor.rows("select distinct user from llm_spans") == [("",)]
            assert processor.rows("select sum(cost), count() from llm_calls") == before
            dead = spantally.run("forget", "--user", "u-17", exit_code=1)
            assert "`spantally dead-letters drop 1` throws them away" in dead

            backend.status = 503
            processor.post(a_request(a_span(**{"spantally.tag.user": "u-18"})).SerializeToString())
            processor.settle()
            waiting = spantally.json("forget", "--user", "u-18")
            assert len(waiting["requests_waiting"]) == 1
            assert waiting["dead_letters"] == []
            backend.status = 200


def test_a_server_never_gets_to_see_the_id(tmp_path: Path) -> None:
    server = ClickHouseServer(tmp_path / "server")
    with served(server) as url:
        store = open_store(f"{url}/costs")
        store.migrate()
        book(store, rows_of_users())
        server.asked.clear()
        spantally = Spantally(str(tmp_path))
        spantally.run("forget", "--user", "u-17", "--store", f"{url}/costs")
        asked = list(server.asked)
        assert server_rows(store, "select countIf(user = 'u-17') from llm_spans") == [(0,)]
        changes = server_rows(store, "select command, is_done from system.mutations")
        assert all(done for _, done in changes)
        assert changes
        assert not any("u-17" in text for text in (*asked, *(text for text, _ in changes)))
        store.close()
    server.close()


@pytest.mark.parametrize("user", [(), ("--user", "")])
def test_nobody_is_not_a_user(tmp_path: Path, user: tuple[str, ...]) -> None:
    assert "--user" in Spantally(str(tmp_path)).run("forget", *user, exit_code=2)
