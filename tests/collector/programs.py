"""The programs of the chain: what each is started with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Self, cast

from collector.parts import Part
from spantally_processor.store.location import store_url
from stage.child import clean_environment
from support.instrumented import BIN
from support.peers import a_free_port
from support.processor import SERVE

if TYPE_CHECKING:
    from support.standin import StandIn

HERE = Path(__file__).parent
CONFIGURATIONS = HERE.parents[1] / "deploy" / "collector"


class Programs(NamedTuple):
    """Where they are; None for what is not to be had."""

    collector: Path | None
    jaeger: Path | None
    kafka_jars: Path | None


CALLS_A_TRACE = 2
"""Of `app.py`."""


def free_ports(*names: str) -> dict[str, int]:
    """A port for each name, all different."""
    ports: dict[str, int] = {}
    while len(set(ports.values())) < len(names):
        ports = {name: a_free_port() for name in names}
    return ports


def a_collector(
    program: Path, configuration: str, folder: Path, name: str = "", **env: str
) -> Part:
    """A Collector with one of our configurations, as it is in `deploy/collector`."""
    name = name or configuration
    receives = "otlp:" in (CONFIGURATIONS / f"{configuration}.yaml").read_text()
    ports = free_ports("health", *(("http", "grpc") if receives else ()))
    listen = {"health": "HEALTH_LISTEN", "http": "OTLP_HTTP_LISTEN", "grpc": "OTLP_GRPC_LISTEN"}
    return Part(
        name,
        [
            str(program),
            f"--config={CONFIGURATIONS / configuration}.yaml",
            "--set=service::telemetry::metrics::level=none",  # several share a machine, and its port
        ],
        ports,
        folder / f"{name}.log",
        {
            **{listen[door]: f"127.0.0.1:{port}" for door, port in ports.items()},
            "QUEUE_FOLDER": str(folder / f"{name}-queue"),
            **env,
        },
    )


def a_jaeger(program: Path, folder: Path) -> Part:
    """Jaeger with its storage in a folder. Its ports: `http`, `grpc` for OTLP, `api`."""
    ports = free_ports("http", "grpc", "api", "api_grpc")
    return Part(
        "jaeger",
        [str(program), f"--config={HERE / 'jaeger.yaml'}"],
        ports,
        folder / "jaeger.log",
        {
            **{f"JAEGER_{door.upper()}": f"127.0.0.1:{port}" for door, port in ports.items()},
            "JAEGER_FOLDER": str(folder / "jaeger"),
        },
    )


def a_processor(folder: Path, *options: str, name: str = "processor") -> Part:
    """`spantally serve`. Its ports: `http`, `grpc` for OTLP, `query` unless its ledger is elsewhere."""
    is_embedded = "--store" not in options
    ports = free_ports("http", "grpc", *(("query",) if is_embedded else ()))
    doors = {"http": "--otlp-http", "grpc": "--otlp-grpc", "query": "--query"}
    listen = [part for door, port in ports.items() for part in (doors[door], f"127.0.0.1:{port}")]
    command = [*SERVE, "--data", str(folder / name), *listen, "--json", *options]
    return Part(name, command, ports, folder / f"{name}.log", clean_environment())


def ledger_of(folder: Path, name: str = "processor") -> str:
    """URL of the embedded ledger of a processor."""
    return store_url(data=folder / name)


class App:
    """`app.py` under opentelemetry-instrument, sending to a Collector."""

    def __init__(self, standin: StandIn, collector: Part, folder: Path, protocol: str) -> None:
        door = "grpc" if protocol == "grpc" else "http"
        with (folder / "app.log").open("ab") as log:
            self._process = subprocess.Popen(
                [BIN / "opentelemetry-instrument", sys.executable, HERE / "app.py"],
                env={
                    **clean_environment(),
                    **standin.client_env,
                    "SPANTALLY_HOSTS": standin.hosts,
                    "SPANTALLY_TAGS": "team=front-desk",
                    "OTEL_SERVICE_NAME": "hotel",
                    "OTEL_METRICS_EXPORTER": "none",
                    "OTEL_LOGS_EXPORTER": "none",
                    "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
                    "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url(door),
                    "OTEL_EXPORTER_OTLP_TIMEOUT": "60",  # as deploy/collector/README.md tells
                    "OTEL_BSP_SCHEDULE_DELAY": "200",
                },
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self.traces: list[str] = []
        """Ids of all that it made."""
        self._standin = standin

    def answer(self, guests: int) -> None:
        """So many guests, two calls each."""
        cast("IO[str]", self._process.stdin).write(f"{guests}\n")
        cast("IO[str]", self._process.stdin).flush()
        self.traces += json.loads(cast("IO[str]", self._process.stdout).readline())
        self._standin.wait_for(CALLS_A_TRACE * len(self.traces))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        cast("IO[str]", self._process.stdin).close()
        self._process.wait(90)
        cast("IO[str]", self._process.stdout).close()
