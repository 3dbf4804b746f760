"""`spantally rollup`, while a processor owns the ledger and while none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.ledger_options import LedgerOptions
from support.command import Spantally
from support.otlp import a_call, a_request
from support.processor import running, settings_in, until

if TYPE_CHECKING:
    from pathlib import Path


def test_days_are_made_anew_through_the_processor_and_without_it(tmp_path: Path) -> None:
    spantally = Spantally(str(tmp_path))
    with running(settings_in(tmp_path, ledger=LedgerOptions(rollup_s=0))) as processor:
        processor.post(a_request(a_call()).SerializeToString())
        processor.settle()
        assert processor.rows("select count() from spend_daily") == [(0,)]
        days = spantally.json("rollup")
        assert processor.rows("select distinct toString(day) from spend_daily") == [(days[0],)]
        assert processor.rows("select sum(cost) from spend_hourly") == processor.rows(
            "select sum(cost) from llm_calls"
        )
    assert "1 day made anew" in spantally.run("rollup")
    assert "no ledger" in Spantally(str(tmp_path / "none")).run("rollup", exit_code=3)


def test_the_processor_does_it_by_itself(tmp_path: Path) -> None:
    with running(settings_in(tmp_path)) as processor:
        until(lambda: processor.rows("select count() > 0 from rollups") == [(1,)])
