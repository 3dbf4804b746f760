"""The composition root: the only file that names concrete parts and wires them.

Start: everything that can be wrong is tried before the first socket is open. Stop: the doors close
first, then the workers deliver what they can within the grace time; what is left is on disk.
Never fork after the store is open: chDB's child processes hang.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from spantally_pricing import RateTable, RateTableError

from spantally_processor.access import Access, Readers
from spantally_processor.attribution_file import attribution_in
from spantally_processor.config import Address, Settings
from spantally_processor.dialects import NO_RULES
from spantally_processor.errors import ConfigError, SpoolError
from spantally_processor.intake import Intake
from spantally_processor.making import InThread
from spantally_processor.metrics_push import INTERVAL_S, MetricsPush
from spantally_processor.own_process import InOwnProcess
from spantally_processor.owners.file import load_owners
from spantally_processor.page.http import PageHttp, is_of_the_page
from spantally_processor.pipeline import Worker
from spantally_processor.receivers import spend_http, status_http
from spantally_processor.receivers.http_server import serve_http, serve_on_this_machine
from spantally_processor.receivers.otlp_grpc import OtlpGrpc
from spantally_processor.receivers.otlp_http import OtlpHttp
from spantally_processor.receivers.write_door import WriteDoor
from spantally_processor.reference_data import ReferenceData
from spantally_processor.sinks.clickhouse import NAME as LEDGER
from spantally_processor.sinks.clickhouse import LedgerSink
from spantally_processor.sinks.inserts import LedgerMaker
from spantally_processor.sinks.otlp_forward import ForwardSink
from spantally_processor.spend_metrics import SpendMetrics
from spantally_processor.spool import Spool
from spantally_processor.store import TransientStoreError, open_store
from spantally_processor.telemetry import Counter, Gauge, Telemetry, prometheus_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spantally_processor.attribution import Attribution
    from spantally_processor.making import Workshop
    from spantally_processor.owners.file import Catalogue
    from spantally_processor.receivers.asgi import AsgiApp, Message, Receive, Send
    from spantally_processor.sinks import Sink
    from spantally_processor.store import Store
    from spantally_processor.telemetry import Family

_log = logging.getLogger(__name__)

SPOOL_FILE = "spool.sqlite"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the processor listens, real ports included. `query` is None without embedded ledger."""

    otlp_grpc: Address
    otlp_http: Address
    query: Address | None


class App:
    """One processor. Made by `run`."""

    def __init__(self, settings: Settings) -> None:
        """Opens the ledger and the spool.

        Raises ConfigError, RateTableError, StoreError or SpoolError, and then holds nothing open.
        """
        settings.check()
        table, rules, catalogue = _read(settings)
        self.settings = settings
        self.telemetry = Telemetry()
        self._spend = SpendMetrics()
        with contextlib.ExitStack() as opened:
            settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store: Store = open_store(settings.store, settings.ledger)
            opened.callback(self._store.close)
            self._ledger = LedgerSink(
                self._store,
                max_spans=settings.flush_rows,
                flush_interval_s=settings.flush_interval_s,
                attribution=rules,
            )
            self._ledger_workshop: Workshop[Any, Any] = (
                InOwnProcess(self._ledger.maker)
                if settings.own_process
                else InThread(self._ledger.maker, LEDGER)
            )
            opened.callback(self._ledger_workshop.close)
            forward = [ForwardSink(target) for target in settings.forward]
            self._sinks: list[Sink[Any, Any]] = [self._ledger, *forward]
            self._spool = Spool(
                settings.data / SPOOL_FILE,
                destinations=[sink.name for sink in self._sinks],
                max_bytes=settings.spool_max_bytes,
            )
            opened.callback(self._spool.close)
            self._spool.keep_rate_table(table.version, table.canonical)
            self._close = opened.pop_all().close
        self.telemetry.count(Counter.RECOVERED, self._spool.pending_spans(LEDGER))
        for sink in self._sinks:
            self.telemetry.expect(sink.name, self._spool.pending_spans(sink.name))
        self._reference = ReferenceData(self._store, self._spool, own_process=settings.own_process)
        self._reference.use(self._spool.rate_table_versions(), catalogue)
        self._access = Access(settings.tokens)
        self._readers = Readers(settings.readers)
        self._intake = Intake(
            self._spool,
            self.telemetry,
            settings.limits,
            access=self._access,
            table_version=table.version,
        )
        self._workers = [
            Worker(
                sink,
                self._spool,
                self.telemetry,
                max_bytes=settings.limits.body_bytes,
                workshop=self._ledger_workshop if sink is self._ledger else None,
            )
            for sink in self._sinks
        ]

    async def run(self, stop: asyncio.Event, on_ready: Callable[[Listening], None]) -> None:
        """Serves until `stop` is set; raises OSError when an address cannot be listened on."""
        try:
            async with contextlib.AsyncExitStack() as doors:
                for worker in self._workers:
                    worker.open()
                listening = await self._open_doors(doors)
                for worker in self._workers:
                    worker.start()
                on_ready(listening)
                # clickhouse-connect imports pandas with the first insert, which takes 0.9 s: better
                # now than while the first span waits, and better after the doors are open.
                warm = asyncio.create_task(asyncio.to_thread(importlib.import_module, "pandas"))
                keeping = [asyncio.create_task(self._keep_house(stop))]
                if self.settings.ledger.rollup_s:
                    keeping.append(asyncio.create_task(self._roll_up(stop)))
                if self.settings.metrics_to:
                    keeping.append(asyncio.create_task(self._push_metrics(stop)))
                await stop.wait()
                await asyncio.gather(warm, *keeping)
            await asyncio.to_thread(self._drain)
        finally:
            self._close()

    async def _open_doors(self, doors: contextlib.AsyncExitStack) -> Listening:
        settings = self.settings
        query: Address | None = None
        if self._store.query_app is not None:
            self._store.query_app.readers = self._readers
            app = cast("AsgiApp", self._store.query_app)
            tls = None if settings.query.is_loopback else settings.tls
            query = await doors.enter_async_context(serve_http(app, settings.query, tls=tls))
            # Commands of this machine need neither a certificate nor a token.
            here = query if settings.query.is_loopback else Address("127.0.0.1", 0)
            if here is not query:
                here = await doors.enter_async_context(serve_http(app, here))
            door = await doors.enter_async_context(serve_on_this_machine(WriteDoor(self._store)))
            self._store.publish(f"http://{here}", str(door))
        http = await doors.enter_async_context(
            serve_http(
                self._http_app(),
                settings.otlp_http,
                tls=settings.tls,
                connections=settings.limits.connections,
                headers_deadline_s=settings.limits.body_deadline_s,
            )
        )
        grpc = OtlpGrpc(self._intake, settings.tls)
        port = await grpc.start(str(settings.otlp_grpc))
        doors.push_async_callback(grpc.stop, 2.0)
        return Listening(Address(settings.otlp_grpc.host, port), http, query)

    def _http_app(self) -> AsgiApp:
        otlp = OtlpHttp(self._intake)
        status = status_http.StatusHttp(
            faults=self.faults,
            notes=self.notes,
            metrics=self.metrics,
            access=self._access,
            readers=self._readers,
        )
        page = PageHttp(self.settings.store, self._readers)
        spend = spend_http.SpendHttp(self.settings.store, self._readers)

        async def app(scope: Message, receive: Receive, send: Send) -> None:
            others = page if is_of_the_page(scope) else otlp
            if scope["path"] == spend_http.PATH:
                others = spend
            part = status if scope["path"] in status_http.PATHS else others
            await part(scope, receive, send)

        return app

    def faults(self) -> Sequence[str]:
        """Returns what keeps the processor from taking spans."""
        faults = [f"worker {w.name} has stopped" for w in self._workers if not w.is_alive]
        return [*faults, "the spool is full"] if self._spool.is_full else faults

    def notes(self) -> Sequence[str]:
        """Returns what is away meanwhile: its spans wait in the spool."""
        return [f"{w.name} takes nothing for now: {w.trouble}" for w in self._workers if w.trouble]

    def reload(self) -> None:
        """Reads rates and owner rules again; a faulty file is logged, and what held goes on."""
        try:
            table, rules, catalogue = _read(self.settings)
            self._spool.keep_rate_table(table.version, table.canonical)
        except (ConfigError, RateTableError, SpoolError, OSError) as error:
            _log.error("nothing was read again, what held goes on: %s", error)
            self.telemetry.count(Counter.RELOADS, outcome="refused")
            return
        self._intake.table_version = table.version
        self._ledger_workshop.use(LedgerMaker(rules))
        self._reference.use([table.version], catalogue)
        self.telemetry.count(Counter.RELOADS, outcome="done")

    async def _keep_house(self, stop: asyncio.Event) -> None:
        """Grants what operators ask for dead letters; keeps what the ledger is joined with up to date."""
        while not stop.is_set():
            await asyncio.to_thread(self._reference.bring_up_to_date)
            try:
                granted = await asyncio.to_thread(self._spool.grant_wishes)
            except SpoolError as error:
                _log.warning("dead letters are left as they are: %s", error)
                granted = {}
            with self.telemetry.together():
                for destination, spans in granted.items():
                    self.telemetry.count(Counter.REPLAYED, spans, destination=destination)
                    self.telemetry.expect(destination, spans)
            await _pause(stop, 1.0)

    async def _roll_up(self, stop: asyncio.Event) -> None:
        every_s = self.settings.ledger.rollup_s
        while not stop.is_set():
            try:
                if not self._spend.has_begun:
                    await asyncio.to_thread(self._spend.read, self._store)
                await asyncio.to_thread(self._store.roll_up, unless_within_s=every_s - 1)
                await asyncio.to_thread(self._spend.read, self._store)
            except TransientStoreError as error:
                _log.warning("the roll-ups stay as they are for now: %s", error)
            await _pause(stop, every_s)

    async def _push_metrics(self, stop: asyncio.Event) -> None:
        push = MetricsPush(self.settings.metrics_to)
        while not stop.is_set():
            await asyncio.to_thread(lambda: push.send(self._families()))
            await _pause(stop, INTERVAL_S)
        push.close()

    def metrics(self) -> str:
        """Returns counters and gauges in the Prometheus text format."""
        return prometheus_text(self._families())

    def _families(self) -> Sequence[Family]:
        lag = [({"destination": sink.name}, self._lag_s(sink.name)) for sink in self._sinks]
        breakers = [({"destination": w.name}, int(w.breaker_is_open)) for w in self._workers]
        gauges = (
            Gauge("spantally_lag_seconds", "Age of the oldest pending span.", lag),
            Gauge("spantally_breaker_open", "Whether it is left alone: overloaded.", breakers),
            Gauge(
                "spantally_spool_bytes",
                "Bodies in the spool, quarantine included.",
                [({}, self._spool.bytes_kept)],
            ),
        )
        return [*self.telemetry.families(gauges), *self._spend.families()]

    def _lag_s(self, destination: str) -> float:
        oldest = self._spool.oldest_received_ns(destination)
        return 0.0 if oldest is None else max(0.0, (time.time_ns() - oldest) / 1e9)

    def _drain(self) -> None:
        grace_s = self.settings.drain_grace_s
        for worker in self._workers:
            worker.ask_to_stop(grace_s=grace_s)
        give_up = time.monotonic() + grace_s + 1.0
        for worker in self._workers:
            if not worker.join(max(0.0, give_up - time.monotonic())):
                _log.warning("%s is still at work; what it has not finished is kept", worker.name)


def _read(settings: Settings) -> tuple[RateTable, Attribution, Catalogue | None]:
    rules = attribution_in(settings.attribution) if settings.attribution else NO_RULES
    catalogue = load_owners(settings.owners) if settings.owners else None
    return RateTable.load(settings.rates), rules, catalogue


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
