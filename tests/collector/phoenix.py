"""Arize Phoenix behind the processor: what its API says that a trace cost.

Phoenix (20.26, 2026-11) works the cost out itself, from the counts on the spans and a price list of its own,
and takes no amount from a span. So its own sum is ours where its list has the model at the same price, to a
float's precision; the exact amount is on its spans, where the processor wrote it.
"""

from __future__ import annotations

import json
import math
from contextlib import ExitStack
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
from collector.amounts import Amounts, in_ledger, published
from collector.parts import Part
from collector.programs import App, a_collector, a_processor, free_ports, ledger_of
from collector.waiting import described, eventually
from support.environments import environment
from support.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.programs import Programs
    from stage.checks import Check

GUESTS = 5
_QUESTION = """query ($id: String!) { getTraceByOtelId(traceId: $id) {
  costSummary { total { cost } } spans(first: 100) { edges { node { attributes } } } } }"""


def checks(programs: Programs, folder: Path) -> Iterator[Check]:
    """App → Collector, where there is one → processor → Phoenix."""
    with ExitStack() as stack:
        standin = stack.enter_context(StandIn(folder / "provider.jsonl"))
        phoenix = stack.enter_context(a_phoenix(folder))
        settings = folder / "spantally.toml"
        settings.write_text(f'[[forward]]\nurl = "{phoenix.url("http")}"\nprofiles = ["phoenix"]\n')
        processor = stack.enter_context(a_processor(folder, "--config", str(settings)))
        way_in = processor
        if programs.collector:
            way_in = a_collector(
                programs.collector, "chain", folder, SPANTALLY_HTTP=processor.url("http")
            )
            stack.enter_context(way_in)
        app = stack.enter_context(App(standin, way_in, folder, "http/protobuf"))
        app.answer(GUESTS)
        wanted = published(standin.exchanges())

        def on_spans() -> tuple[bool, str]:
            booked, shown = in_ledger(ledger_of(folder)), Amounts()
            for trace in app.traces:
                shown |= asked(phoenix.url("http"), trace)[1]
            return wanted == booked == shown, described(wanted, booked) + f"; Phoenix {len(shown)}"

        def by_phoenix() -> tuple[bool, str]:
            costs = [asked(phoenix.url("http"), trace)[0] for trace in app.traces]
            ours = sum((cost for cost in wanted.values() if cost is not None), Decimal())
            return math.isclose(sum(costs), ours, rel_tol=1e-9), f"{costs}; ours {ours} USD"

        yield eventually("Phoenix's API has every call's cost on its span, to the digit", on_spans)
        yield eventually("the trace costs that Phoenix works out itself sum to ours", by_phoenix)


def a_phoenix(folder: Path) -> Part:
    """Phoenix on an empty SQLite file. Raises NotAvailableError."""
    ports = free_ports("http", "grpc")
    return Part(
        "phoenix",
        [str(environment("phoenix").python), "-m", "phoenix.server.main", "serve"],
        ports,
        folder / "phoenix.log",
        {
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(ports["http"]),
            "PHOENIX_GRPC_PORT": str(ports["grpc"]),
            "PHOENIX_WORKING_DIR": str(folder / "phoenix"),
            "PHOENIX_TELEMETRY_ENABLED": "false",
        },
    )


def asked(url: str, trace: str) -> tuple[float, Amounts]:
    """What Phoenix says that a trace cost, and the amounts on its spans by response id."""
    question = {"query": _QUESTION, "variables": {"id": trace}}
    answer = httpx.post(f"{url}/graphql", json=question, timeout=30).raise_for_status().json()
    found: dict[str, Any] | None = answer["data"]["getTraceByOtelId"]
    amounts: Amounts = {}
    if found is None:
        return 0.0, amounts
    for edge in found["spans"]["edges"]:
        said = json.loads(edge["node"]["attributes"])
        if response := said.get("gen_ai", {}).get("response", {}).get("id"):
            amounts[response] = Decimal(said["spantally"]["cost"]["amount"])
    return found["costSummary"]["total"]["cost"] or 0.0, amounts
