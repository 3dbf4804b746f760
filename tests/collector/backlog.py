"""A real Collector and many spans at once: what waits on its disk, and what the processor cannot keep."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
from collector.programs import a_collector, a_processor, ledger_of
from collector.waiting import eventually
from spantally_processor.store.reading import open_reader
from support.calls_at_scale import load
from support.otlp import a_call, a_request, a_span
from support.sender import send_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.programs import Programs
    from stage.checks import Check

REQUESTS, SPANS = 100, 512
PROTOBUF = {"content-type": "application/x-protobuf"}


def checks(programs: Programs, folder: Path) -> Iterator[Check]:
    """Collector → processor, which is away while the spans come."""
    assert programs.collector is not None
    made = load(REQUESTS, SPANS)
    with ExitStack() as stack:
        processor = stack.enter_context(a_processor(folder))
        collector = stack.enter_context(
            a_collector(programs.collector, "chain", folder, SPANTALLY_HTTP=processor.url("http"))
        )
        processor.stop()
        send_all(collector.url("http"), made.bodies, 4)
        processor.start()

        def all_booked() -> tuple[bool, str]:
            with open_reader(ledger_of(folder)) as engine:
                ((calls, cost),) = engine.rows("select count(), sum(cost) from llm_calls")
            wanted = REQUESTS * SPANS
            holds = (calls, cost) == (wanted, made.cost)
            return holds, f"{wanted} sent, {made.cost} USD; ledger {calls}, {cost} USD"

        yield eventually("a backlog is booked to the last span and digit", all_booked)

        mixed = a_request(a_call(), a_span({}, trace_id=b"")).SerializeToString()
        url = collector.url("http") + "/v1/traces"
        httpx.post(url, content=mixed, headers=PROTOBUF).raise_for_status()

        def understood() -> tuple[bool, str]:
            lines = collector.log.read_text().splitlines()
            said = [line for line in lines if "Partial success" in line]
            return len(said) == 1 and '"dropped_spans": 1' in said[0], "; ".join(said)[-160:]

        yield eventually(
            "a span without a trace id is refused alone, and not sent again", understood
        )
