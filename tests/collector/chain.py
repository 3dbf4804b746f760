"""App → Collector → processor → Jaeger: each away for a while, killed, or without room."""

from __future__ import annotations

import hashlib
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
from collector.programs import App, a_collector, a_jaeger, a_processor, ledger_of
from collector.waiting import agree, eventually
from spantally_processor.store.reading import open_reader
from stage.checks import Check
from support.processor import AWAY, Processor
from support.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.parts import Part
    from collector.programs import Programs

AWAY_S = 12
"""Longer than an SDK tries by itself."""
GUESTS = 5
TENANT, TOKEN = "hotel-group", "a-sender's-token"


def checks(programs: Programs, folder: Path) -> Iterator[Check]:
    """Runs the chain; what is found as it is found."""
    assert programs.collector is not None
    assert programs.jaeger is not None
    with ExitStack() as stack:
        standin = stack.enter_context(StandIn(folder / "provider.jsonl"))
        jaeger = stack.enter_context(a_jaeger(programs.jaeger, folder))
        settings = _settings(folder, jaeger)
        processor = stack.enter_context(a_processor(folder, "--config", str(settings)))
        (folder / "token").write_text(TOKEN)
        collector = stack.enter_context(
            a_collector(
                programs.collector,
                "chain",
                folder,
                SPANTALLY_HTTP=processor.url("http"),
                SPANTALLY_TOKEN=f"${{file:{folder / 'token'}}}",
            )
        )
        app = stack.enter_context(App(standin, collector, folder, "http/protobuf"))

        def all_agree(claim: str) -> Check:
            return agree(claim, standin, ledger_of(folder), jaeger.url("api"), app.traces)

        app.answer(GUESTS)
        yield all_agree("ledger and Jaeger have every call at its published price, to the digit")
        yield _of_the_tenant(folder)
        yield _found_by_status(jaeger.url("api"))
        for what, part in {
            "processor": processor,
            "tracing back end": jaeger,
            "Collector": collector,
        }.items():
            part.stop()
            app.answer(GUESTS)
            time.sleep(AWAY_S)
            part.start()
            yield all_agree(f"nothing is lost while the {what} is away for {AWAY_S} s")
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
        processor.stop()
        ports = {door: port for door, port in processor.ports.items() if door != "query"}
        with replace(processor, command=[*processor.command, *NO_ROOM], ports=ports) as full:
            app.answer(GUESTS)
            yield _refused(full)
        processor.start()
        yield all_agree("what a processor without room refused is there when it has room")


NO_ROOM = ("--store", AWAY, "--spool-max-bytes", "1000")


def _settings(folder: Path, jaeger: Part) -> Path:
    settings = folder / "spantally.toml"
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    settings.write_text(
        f'[[tokens]]\ntenant = "{TENANT}"\nsha256 = "{digest}"\n'
        f'[[forward]]\nurl = "{jaeger.url("http")}"\n'
    )
    return settings


def _of_the_tenant(folder: Path) -> Check:
    with open_reader(ledger_of(folder)) as engine:
        tenants = [tenant for (tenant,) in engine.rows("select distinct tenant from llm_spans")]
    return Check("they are the tenant's whose token the Collector shows", tenants == [TENANT], "")


def _found_by_status(api: str) -> Check:
    """As one looks for calls without a price."""
    tags = '{"spantally.cost.status": "priced"}'
    answer = httpx.get(f"{api}/api/traces", params={"service": "hotel", "tags": tags, "limit": 100})
    found = len(answer.json()["data"])
    return Check("Jaeger finds traces by the status of a price", found == GUESTS, f"{found} traces")


def _refused(processor: Part) -> Check:
    """Reads from its metrics that a Collector was told to come back."""
    asked = Processor(processor.url("http"), "", "")
    asked.token = TOKEN

    def finding() -> tuple[bool, str]:
        outcomes = {
            key: value for key, value in asked.metrics().items() if "requests_total{" in key
        }
        refused = sum(value for key, value in outcomes.items() if '"accepted"' not in key)
        return refused > 0, str(outcomes)

    return eventually("a processor without room refuses", finding)
