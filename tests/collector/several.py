"""Several processors that share one ClickHouse: behind the load-balancing exporter, and behind Kafka."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from collector.amounts import in_ledger, published
from collector.broker import a_broker
from collector.programs import App, a_collector, a_processor
from collector.waiting import described, eventually
from stage.checks import Check
from support.backend import Backend, a_backend
from support.clickhouse_server import ClickHouseServer
from support.ledger import served
from support.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.parts import Part
    from collector.programs import Programs

GUESTS = 20
AWAY_S = 12


@dataclass
class Site:
    """A ClickHouse, two processors that forward to a back end each, and the provider's stand-in."""

    standin: StandIn
    ledger: str
    processors: tuple[Part, Part]
    backends: tuple[Backend, Backend]

    def whole(self, claim: str) -> Check:
        """Every response is in the ledger once, at its published price."""

        def finding() -> tuple[bool, str]:
            wanted, booked = published(self.standin.exchanges()), in_ledger(self.ledger)
            return wanted == booked, described(wanted, booked)

        return eventually(claim, finding)

    def traces(self) -> tuple[set[bytes], set[bytes]]:
        """Ids of the traces that came through each processor."""
        first, second = ({span.trace_id for span in it.spans} for it in self.backends)
        return first, second


@contextmanager
def a_site(folder: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        clickhouse = ClickHouseServer(folder / "clickhouse")
        stack.callback(clickhouse.close)
        ledger = stack.enter_context(served(clickhouse)) + "/costs"
        backends = (stack.enter_context(a_backend()), stack.enter_context(a_backend()))
        first, second = (
            stack.enter_context(
                a_processor(folder, "--store", ledger, "--forward", backend.url, name=name)
            )
            for backend, name in zip(backends, ("processor-1", "processor-2"), strict=True)
        )
        standin = stack.enter_context(StandIn(folder / "provider.jsonl"))
        yield Site(standin, ledger, (first, second), backends)


def load_balancing(programs: Programs, folder: Path) -> Iterator[Check]:
    """App → Collector → one of two processors by trace id."""
    with a_site(folder) as site, ExitStack() as stack:
        addresses = [f"127.0.0.1:{processor.ports['grpc']}" for processor in site.processors]
        collector = stack.enter_context(
            a_collector(
                programs.collector,
                "load-balancing",
                folder,
                SPANTALLY_GRPC_1=addresses[0],
                SPANTALLY_GRPC_2=addresses[1],
            )
        )
        app = stack.enter_context(App(site.standin, collector, folder, "grpc"))
        app.answer(GUESTS)
        yield site.whole("two processors book every call once, at its published price")
        first, second = site.traces()
        yield Check(
            "all spans of a trace come through the same processor",
            bool(first) and bool(second) and not first & second,
            f"{len(first)} and {len(second)} traces, {len(first & second)} through both",
        )
        site.processors[1].stop()
        app.answer(GUESTS)
        time.sleep(AWAY_S)
        site.processors[1].start()
        yield site.whole(f"nothing is lost while one processor is away for {AWAY_S} s")


def kafka(programs: Programs, folder: Path) -> Iterator[Check]:
    """App → Collector → Kafka → two Collectors, each with its processor."""
    assert programs.kafka_jars is not None
    with a_site(folder) as site, ExitStack() as stack:
        broker = stack.enter_context(a_broker(programs.kafka_jars, folder))
        brokers = f"127.0.0.1:{broker.ports['broker']}"
        into = stack.enter_context(
            a_collector(programs.collector, "kafka-in", folder, KAFKA_BROKERS=brokers)
        )
        app = stack.enter_context(App(site.standin, into, folder, "http/protobuf"))
        app.answer(GUESTS)  # the topic is there before the consumers are
        first, second = (
            stack.enter_context(
                a_collector(
                    programs.collector,
                    "kafka-out",
                    folder,
                    f"kafka-out-{number}",
                    KAFKA_BROKERS=brokers,
                    SPANTALLY_HTTP=processor.url("http"),
                )
            )
            for number, processor in enumerate(site.processors, 1)
        )
        yield site.whole("through Kafka every call is booked once, at its published price")
        for name, parts in {
            "Kafka": (broker,),
            "the Collector before Kafka": (into,),
            "one processor": (site.processors[0],),
            "one of the Collectors behind Kafka": (first,),
            "all behind Kafka": (first, second, *site.processors),
        }.items():
            for part in parts:
                part.stop()
            app.answer(GUESTS)
            time.sleep(AWAY_S)
            for part in parts:
                part.start()
            yield site.whole(f"nothing is lost while {name} is away for {AWAY_S} s")
        broker.stop()
        app.answer(GUESTS)
        time.sleep(3)  # the first Collector has them, and nobody else
        into.kill()
        into.start()
        broker.start()
        yield site.whole("what waits for Kafka in the Collector is there after it was killed")
        second.kill()
        app.answer(GUESTS)
        yield site.whole("when one of the Collectors is killed the other takes over its partitions")
        first.stop()
        wrong = {**first.env, "SPANTALLY_HTTP": first.env["SPANTALLY_HTTP"] + "/wrong"}
        with replace(first, env=wrong):
            app.answer(GUESTS)
            time.sleep(AWAY_S)
        first.start()
        yield site.whole(
            "what was refused for good, at a wrong path, comes after a restart with the right one"
        )
