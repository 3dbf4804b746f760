"""App → Collector → processor → Jaeger, and each of the three away for a while."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from collector.programs import App, a_collector, a_jaeger, a_processor, ledger_of
from collector.waiting import agree
from support.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.programs import Programs
    from stage.checks import Check

AWAY_S = 12
"""Longer than an SDK tries by itself."""
GUESTS = 5


def checks(programs: Programs, folder: Path) -> Iterator[Check]:
    """Runs the chain; what is found as it is found."""
    with ExitStack() as stack:
        standin = stack.enter_context(StandIn(folder / "provider.jsonl"))
        jaeger = stack.enter_context(a_jaeger(programs.jaeger, folder))
        processor = stack.enter_context(a_processor(folder, "--forward", jaeger.url("http")))
        collector = stack.enter_context(
            a_collector(programs.collector, "chain", folder, SPANTALLY_HTTP=processor.url("http"))
        )
        app = stack.enter_context(App(standin, collector, folder, "http/protobuf"))

        def all_agree(claim: str) -> Check:
            return agree(claim, standin, ledger_of(folder), jaeger.url("api"), app.traces)

        app.answer(GUESTS)
        yield all_agree("ledger and Jaeger have every call at its published price, to the digit")
        for part in (processor, jaeger, collector):
            part.stop()
            app.answer(GUESTS)
            time.sleep(AWAY_S)
            part.start()
            yield all_agree(f"nothing is lost while the {part.name} is away for {AWAY_S} s")
        for how, end in (("stopped", collector.stop), ("killed", collector.kill)):
            processor.stop()
            app.answer(GUESTS)
            time.sleep(3)  # the Collector has them, and nobody else
            end()
            collector.start()
            processor.start()
            yield all_agree(f"what waits in the Collector is there after it was {how}")
        processor.kill()
        app.answer(GUESTS)
        processor.start()
        yield all_agree("nothing is lost or counted twice when the processor is killed")
