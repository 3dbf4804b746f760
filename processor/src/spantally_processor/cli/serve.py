"""`spantally serve`: the processor as one command.

Exit codes: 0 stopped as asked, 2 wrong settings, 3 the ledger or the spool cannot be opened or an
address is taken.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import orjson
from spantally_pricing import RateTableError

from spantally_processor import interpreter
from spantally_processor.config_file import load_settings
from spantally_processor.errors import ConfigError, SpoolError
from spantally_processor.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally_processor.app import App, Listening
    from spantally_processor.config import Settings

EXIT_SETTINGS = 2
EXIT_UNAVAILABLE = 3


HELP = """Receive spans, price them, keep them in the ledger, forward them.

Every port may be 0; the ready line then tells the real one. SIGTERM or Ctrl-C stops: what is not yet
delivered stays in the data folder for the next start. SIGHUP reads rates and owner files again.

\b
Examples:
  spantally serve
  spantally serve --data ./ledger --forward http://127.0.0.1:14318
  spantally serve --store http://default:secret@clickhouse:8123/spantally
  spantally serve --config spantally.toml

Everything else is in the file or in variables of the environment: spantally config reference.

\b
Exit codes: 0 stopped as asked, 2 wrong settings, 3 the ledger, the spool or an address is not free.
"""


@click.command(name="serve", help=HELP)
@click.option(
    "--config",
    envvar="SPANTALLY_CONFIG",
    type=click.Path(dir_okay=False, path_type=Path),
    help="TOML file with the settings; see `spantally config reference`. [env: SPANTALLY_CONFIG]",
)
@click.option("--data", metavar="DIR", help="Folder of the spool and of the embedded ledger.")
@click.option(
    "--store",
    metavar="URL",
    help="Ledger: chdb:///folder or http(s)://user:password@host:8123/database; replicas after commas.",
)
@click.option("--otlp-grpc", metavar="HOST:PORT", help="OTLP over gRPC.  [default: 127.0.0.1:4317]")
@click.option(
    "--otlp-http",
    metavar="HOST:PORT",
    help="OTLP over HTTP; also the page at /, /healthz, /readyz and /metrics."
    "  [default: 127.0.0.1:4318]",
)
@click.option(
    "--query",
    metavar="HOST:PORT",
    help="Read-only ClickHouse interface over the embedded ledger.  [default: 127.0.0.1:8123]",
)
@click.option(
    "--forward",
    metavar="URL",
    multiple=True,
    help="OTLP/HTTP endpoint that gets every span with its cost. Repeatable.",
)
@click.option(
    "--rates",
    metavar="FILE",
    multiple=True,
    help="Rates, contract or mapping file over the bundled price list. Repeatable.",
)
@click.option(
    "--attribution",
    metavar="FILE",
    help="TOML file: which attributes of other emitters are tags.",
)
@click.option(
    "--flush-interval",
    "flush_interval_s",
    metavar="SECONDS",
    help="How long a span waits for company before it is written to the ledger.  [default: 0.5]",
)
@click.option(
    "--flush-rows", metavar="N", help="Spans that are written at once, about.  [default: 32768]"
)
@click.option(
    "--spool-max-bytes",
    metavar="SIZE",
    help="Disk for spans that wait for a destination; past it, senders are told to come back."
    "  [default: 4 GiB]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the ready line as JSON.")
def serve(*, config: Path | None, as_json: bool, **options: str | tuple[str, ...] | None) -> None:
    """Reads the settings and serves until a signal."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # It would say each retry of a ledger that is away; the worker says it once for all of them.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    given = {name: value for name, value in options.items() if value}
    try:
        settings = load_settings(config, options=given)
    except ConfigError as error:
        click.echo(f"spantally serve: wrong settings\n{error}", err=True)
        sys.exit(EXIT_SETTINGS)
    sys.exit(_serve(settings, _announce_json if as_json else _announce))


def _serve(settings: Settings, announce: Callable[[Settings, Listening], None]) -> int:
    # `spantally serve --help` must not load ClickHouse and gRPC.
    from spantally_processor.app import App  # noqa: PLC0415

    try:
        asyncio.run(_run(App(settings), lambda listening: announce(settings, listening)))
    except (ConfigError, RateTableError) as error:
        click.echo(f"spantally serve: wrong settings\n{error}", err=True)
        return EXIT_SETTINGS
    except OSError as error:
        # An error that names a file is about the data folder; one about an address says so itself.
        about = f"cannot use --data {settings.data}: " if error.filename else ""
        click.echo(f"spantally serve: {about}{error}", err=True)
        return EXIT_UNAVAILABLE
    except (StoreError, SpoolError) as error:
        click.echo(f"spantally serve: {error}", err=True)
        return EXIT_UNAVAILABLE
    return 0


async def _run(app: App, on_ready: Callable[[Listening], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    interpreter.tune()

    def on_signal() -> None:
        if stop.is_set():  # asked twice: what is on disk is safe
            os._exit(0)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, app.reload))
    await app.run(stop, on_ready)


def _announce(settings: Settings, listening: Listening) -> None:
    http = f"{_scheme(settings)}://{listening.otlp_http}"
    reads = f", ledger http://{listening.query}" if listening.query else ""
    click.echo(
        f"spantally is ready: OTLP {http} and grpc {listening.otlp_grpc}{reads}, page {http}/. Next:\n"
        f"  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT={http} \\\n"
        "    opentelemetry-instrument python your_app.py\n"
        f"  {_own_name()} report {_where(settings)}"
    )


def _scheme(settings: Settings) -> str:
    return "https" if settings.tls else "http"


def _own_name() -> str:
    """The command as the caller can type it: by its path where it is not on PATH."""
    called = Path(sys.argv[0])
    by_path = called.name == "spantally" and shutil.which("spantally") is None
    return os.path.relpath(called) if by_path else "spantally"


def _where(settings: Settings) -> str:
    """What tells the reading commands where the ledger is, without its password."""
    url = urlsplit(settings.store)
    if url.scheme == "chdb":
        return f"--data {settings.data}"
    hidden = url.netloc.replace(f":{url.password}@", ":PASSWORD@") if url.password else url.netloc
    return f"--store {url._replace(netloc=hidden).geturl()}"


def _announce_json(settings: Settings, listening: Listening) -> None:
    ready = {
        "otlp_http": f"{_scheme(settings)}://{listening.otlp_http}",
        "otlp_grpc": f"{_scheme(settings)}://{listening.otlp_grpc}",
        "query": f"http://{listening.query}" if listening.query else None,
        "data": str(settings.data),
        "pid": os.getpid(),
    }
    click.echo(orjson.dumps({"ready": ready}))
