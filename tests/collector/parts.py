"""A program of the chain, which can be stopped for a while and started again at the same addresses."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from support.peers import listens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

READY_S = 120
"""A program may take this long until it listens, on a machine with other work."""


class PartError(Exception):
    """A program ended, or was not ready in time; the message has the end of what it wrote."""


@dataclass
class Part:
    """Started when the block begins, gone when it ends."""

    name: str
    command: Sequence[str]
    ports: Mapping[str, int]
    """On loopback; it is ready when it listens on all of them."""
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def start(self) -> None:
        """Starts it and waits until it is ready; raises PartError."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, env={**os.environ, **self.env}, stdout=log, stderr=log
            )
        end = time.monotonic() + READY_S
        while not all(listens(port) for port in self.ports.values()):
            if self._process.poll() is not None or time.monotonic() > end:
                words = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
                raise PartError(f"{self.name} is not ready ({self._process.poll()}):\n{words}")
            time.sleep(0.05)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to what is still there after a minute."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
