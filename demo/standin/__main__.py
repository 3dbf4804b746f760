"""`python -m standin --log FILE`: serves both providers, each on a port of its own.

When it listens it prints one JSON line with the two addresses.
"""

from __future__ import annotations

import argparse
import json
import socket
from pathlib import Path

import uvicorn

from standin.app import ProviderApis
from standin.faults import KINDS, Fault
from standin.journal import Journal


def main() -> None:
    """Serves until it is told to stop."""
    options = _options()
    sockets = [_listen(options.port), _listen(options.anthropic_port)]
    ports = [listening.getsockname()[1] for listening in sockets]
    app = ProviderApis(Journal(options.log), tuple(options.fault), pace_s=options.pace)
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
    addresses = {"openai": f"127.0.0.1:{ports[0]}", "anthropic": f"127.0.0.1:{ports[1]}"}
    print(json.dumps(addresses), flush=True)
    server.run(sockets=sockets)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="for OpenAI; 0 takes a free one")
    parser.add_argument("--anthropic-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--log", type=Path, required=True, help="journal of exchanges, JSON lines")
    parser.add_argument(
        "--fault",
        type=Fault.parse,
        action="append",
        default=[],
        metavar="KIND=TEXT",
        help=f"trouble for requests that contain TEXT; KIND is one of {', '.join(KINDS)}",
    )
    parser.add_argument("--pace", type=float, default=0.002, help="seconds between stream writes")
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    """A socket that accepts connections from now on: the printed address is good at once."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(128)
    return listening


if __name__ == "__main__":
    main()
