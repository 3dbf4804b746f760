"""The programs of the demo, with the environment that each would have in real life."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stage.child import Child, DemoError, Program, clean_environment

if TYPE_CHECKING:
    import socket

    from standin.process import StandIn

DEMO = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
"""The environment that the demo itself runs in has every program."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the processor listens, as URLs."""

    otlp_grpc: str
    otlp_http: str
    query: str

    @classmethod
    def of(cls, processor: Child) -> Addresses:
        """Reads them from the line that a processor prints when it is ready."""
        ready = json.loads(processor.first_line())["ready"]
        return cls(ready["otlp_grpc"], ready["otlp_http"], ready["query"])


def processor(data: Path) -> Program:
    """`spantally serve` on free ports."""
    listen = ("--otlp-grpc", "--otlp-http", "--query")
    ports = [part for option in listen for part in (option, "127.0.0.1:0")]
    command = [str(BIN / "spantally"), "serve", "--data", str(data), *ports, "--json"]
    return Program(name="processor", command=command, env=clean_environment())


def offers(standin: StandIn, addresses: Addresses, listening: socket.socket) -> Program:
    """The hotel's second service; it exports over gRPC."""
    serve = ["hotel.offers:app", "--fd", str(listening.fileno()), "--log-level", "warning"]
    return Program(
        name="room-offers",
        command=[str(BIN / "opentelemetry-instrument"), str(BIN / "uvicorn"), *serve],
        env={
            **_app_environment(standin, "room-offers"),
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_ENDPOINT": addresses.otlp_grpc,
        },
        pass_fds=(listening.fileno(),),
        # uvicorn dies of a SIGTERM without running exit handlers, and OpenTelemetry sends its
        # last spans in one.
        stop_with=signal.SIGINT,
    )


def hotel(standin: StandIn, addresses: Addresses, offers_url: str) -> Program:
    """The hotel's day; it exports over HTTP."""
    return Program(
        name="hotel-desk",
        command=[str(BIN / "opentelemetry-instrument"), sys.executable, "-m", "hotel"],
        env={
            **_app_environment(standin, "hotel-desk"),
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_ENDPOINT": addresses.otlp_http,
            "OFFERS_URL": offers_url,
        },
    )


def _app_environment(standin: StandIn, service: str) -> dict[str, str]:
    """What an instrumented app needs; the last three lines are for the stand-in's sake only."""
    return {
        **clean_environment(),
        "PYTHONPATH": str(DEMO),
        "OTEL_SERVICE_NAME": service,
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "SPANTALLY_TAGS": "environment=demo",
        "SPANTALLY_HOSTS": standin.hosts,
        **standin.client_env,
    }


def spantally(data: Path, *arguments: str) -> str:
    """What a `spantally` command prints about the ledger in `data`.

    Raises:
        DemoError: the command failed.
    """
    done = subprocess.run(
        [str(BIN / "spantally"), *arguments],
        env={**clean_environment(), "SPANTALLY_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        message = f"spantally {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
        raise DemoError(message)
    return done.stdout
