"""A program that the demo starts, and stops again whatever happens; its output is kept in files."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FOREIGN_PREFIXES = ("OTEL_", "SPANTALLY_", "OPENAI_", "ANTHROPIC_", "CLICKHOUSE_")


class DemoError(Exception):
    """The demo cannot go on; the message says what happened, with the failed program's words."""


def clean_environment() -> dict[str, str]:
    """The caller's environment without what would steer the demo's programs elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(FOREIGN_PREFIXES)
    }
    # Everything is on this machine, also where a proxy is set.
    return {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def last_lines(log: Path, count: int = 20) -> str:
    """The end of what a program wrote."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    stop_with: signal.Signals = signal.SIGTERM


class Child:
    """A running program; a context manager that stops it."""

    def __init__(self, program: Program, folder: Path) -> None:
        """Starts it in a session of its own, so that a Ctrl-C reaches only the demo."""
        self.name = program.name
        self.output = folder / f"{program.name}.out"
        self.errors = folder / f"{program.name}.err"
        self._stop_with = program.stop_with
        with self.output.open("w") as output, self.errors.open("w") as errors:
            self._process = subprocess.Popen(
                program.command,
                env=dict(program.env),
                stdout=output,
                stderr=errors,
                pass_fds=program.pass_fds,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def first_line(self, timeout_s: float = 30) -> str:
        """The first line of output, once it is there.

        Raises:
            DemoError: the program ended, or said nothing in time.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            line, end, _ = self.output.read_text().partition("\n")
            if end:
                return line
            if self._process.poll() is not None:
                raise self._failed(f"ended with code {self._process.returncode} before ready")
            time.sleep(0.02)
        raise self._failed(f"was not ready after {timeout_s:.0f} s")

    def lines(self, timeout_s: float) -> Iterator[str]:
        """What it writes, line by line as it comes, until it has done its work.

        Raises:
            DemoError: it failed, or did not end in time.
        """
        deadline = time.monotonic() + timeout_s
        with self.output.open() as output:
            code = None
            while code is None:
                code = self._process.poll()
                yield from (line.rstrip() for line in output)
                if time.monotonic() > deadline:
                    raise self._failed(f"did not end within {timeout_s:.0f} s")
                time.sleep(0.02)
        if code:
            raise self._failed(f"failed with code {code}")

    def stop(self) -> None:
        """Ends the program, by force if it takes more than ten seconds."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_with)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _failed(self, how: str) -> DemoError:
        return DemoError(f"{self.name} {how}\n{last_lines(self.errors)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
