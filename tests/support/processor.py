"""A running processor: inside the test process, or as the command in a process of its own."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import clickhouse_connect
import httpx
from spantally_processor.app import App, Listening
from spantally_processor.config import Address, Settings
from spantally_processor.store.location import store_url
from support.new_ledger import new_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from clickhouse_connect.driver.client import Client

ANY = Address("127.0.0.1", 0)

AWAY = "http://127.0.0.1:1/spantally"
"""A ClickHouse server that does not answer: the processor accepts and spools. A process can have one
chDB folder open at a time, so tests of the doors alone use this."""

TRUST = ssl.create_default_context()
"""httpx reads the machine's certificates for each request that brings none: 17 ms of CPU, and tests that wait
make many."""

SERVE = (sys.executable, "-c", "from spantally_processor.cli import main; main()", "serve")
FREE_PORTS = tuple(
    part for door in ("otlp-grpc", "otlp-http", "query") for part in (f"--{door}", "127.0.0.1:0")
)


def until(
    condition: Callable[[], object], *, timeout_s: float = 20.0, every_s: float = 0.01
) -> None:
    """Waits for a condition that another thread or process brings about."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(every_s)


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Settings with free ports and a ledger in `folder`, flushing at once."""
    defaults: dict[str, Any] = {
        "data": folder,
        "store": store_url(data=folder),
        "otlp_grpc": ANY,
        "otlp_http": ANY,
        "query": ANY,
        "flush_interval_s": 0.02,
        "own_process": False,
    }
    return Settings(**defaults | changes)


class Processor:
    """The addresses of a running processor and what tests ask of it."""

    def __init__(self, http: str, grpc: str, query: str) -> None:
        self.http = http
        self.grpc = grpc
        self.query = query
        self.token = ""
        """What is shown with every request, if anything."""

    def post(self, body: bytes, *, path: str = "/v1/traces", **headers: str) -> httpx.Response:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return httpx.post(
            self.http + path,
            content=body,
            verify=TRUST,
            headers={"content-type": "application/x-protobuf"} | self._shown() | named,
        )

    def metrics(self) -> dict[str, float]:
        """Metric name with its labels to its value."""
        text = httpx.get(self.http + "/metrics", headers=self._shown(), verify=TRUST).text
        lines = (
            line.rpartition(" ") for line in text.split("\n") if line and not line.startswith("#")
        )
        return {name: float(value) for name, _, value in lines}

    def _shown(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    def metric(self, name: str) -> float:
        """The sum over all labels of a metric."""
        return sum(v for key, v in self.metrics().items() if key.partition("{")[0] == name)

    def settle(self, *, timeout_s: float = 20.0) -> None:
        """Waits until the ledger has everything that was acknowledged."""
        pending = 'spantally_spans_pending{destination="ledger"}'
        until(lambda: self.metrics()[pending] == 0, timeout_s=timeout_s)

    def rows(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The ledger's answer, over its read interface."""
        found = self._reader.query(statement, parameters=parameters)
        return [tuple(row) for row in found.result_rows]

    @cached_property
    def _reader(self) -> Client:
        """Kept, since a new one asks for all settings first: 30 ms of CPU."""
        url = urlsplit(self.query)
        return clickhouse_connect.get_client(
            host=url.hostname, port=url.port or 0, autogenerate_session_id=False
        )

    def close(self) -> None:
        """Hangs up; the processor goes on."""
        if "_reader" in self.__dict__:
            self._reader.close()


@contextmanager
def running(settings: Settings) -> Iterator[Processor]:
    """A processor in this process; stopped with a drain when the block ends."""
    if settings.store == store_url(data=settings.data):
        new_ledger(settings.data, prices=True)
    app = App(settings)
    ready: list[Listening] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(app.run(stop, ready.append))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run, name="processor")
    thread.start()
    until(lambda: ready or not thread.is_alive())
    where = ready[0]
    http, query = f"http://{where.otlp_http}", f"http://{where.query}"
    try:
        with closing(Processor(http, str(where.otlp_grpc), query)) as processor:
            yield processor
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


class Command(Processor):
    """`spantally serve` as a process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the processor ended with {process.wait()}"
        ready = json.loads(line)["ready"]
        super().__init__(ready["otlp_http"], urlsplit(ready["otlp_grpc"]).netloc, ready["query"])

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def command(folder: Path, *options: str, program: Sequence[str] = SERVE) -> Iterator[Command]:
    """Starts the command on a data folder; at the end of the block it is gone, one way or another."""
    if "--store" not in options:
        new_ledger(folder, prices=True)
    process = subprocess.Popen(
        [*program, "--data", str(folder), *FREE_PORTS, "--json", *options], stdout=subprocess.PIPE
    )
    try:
        with closing(Command(process)) as processor:
            yield processor
        process.terminate()
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
