"""The stand-in as a child process, for the demo and for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from standin.journal import Exchange, read_journal

if TYPE_CHECKING:
    from collections.abc import Sequence

DEMO = Path(__file__).parents[1]


class StandIn:
    """A running stand-in; a context manager that stops it."""

    def __init__(self, journal: Path, faults: Sequence[str] = (), *, pace_s: float = 0.002) -> None:
        """Starts it. `faults` are `KIND=TEXT`, see `standin.faults`.

        Raises:
            RuntimeError: it did not come up; its error output has been shown.
        """
        self.journal = journal
        orders = [part for fault in faults for part in ("--fault", fault)]
        command = ["-m", "standin", "--log", str(journal), "--pace", str(pace_s), *orders]
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=DEMO,
            env={**os.environ, "PYTHONPATH": str(DEMO)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._output = cast("IO[str]", self._process.stdout)
        ready = self._output.readline()
        if not ready:
            message = f"the stand-in ended with code {self._process.wait()} before it was ready"
            raise RuntimeError(message)
        addresses = json.loads(ready)
        self.openai: str = addresses["openai"]
        """host:port that plays OpenAI."""
        self.anthropic: str = addresses["anthropic"]
        """host:port that plays Anthropic."""

    @property
    def client_env(self) -> dict[str, str]:
        """What points the providers' SDKs here."""
        return {
            "OPENAI_BASE_URL": f"http://{self.openai}/v1",
            "OPENAI_API_KEY": "sk-no-account-needed",
            "ANTHROPIC_BASE_URL": f"http://{self.anthropic}",
            "ANTHROPIC_API_KEY": "sk-no-account-needed",
        }

    @property
    def hosts(self) -> str:
        """Value for SPANTALLY_HOSTS: which address is which provider."""
        return f"{self.openai}=openai,{self.anthropic}=anthropic"

    def exchanges(self) -> list[Exchange]:
        """What ended so far."""
        return read_journal(self.journal) if self.journal.exists() else []

    def wait_for(self, count: int, timeout_s: float = 5.0) -> list[Exchange]:
        """The exchanges, once there are `count`; an abandoned one ends soon after the client left.

        Raises:
            TimeoutError: there are still fewer.
        """
        deadline = time.monotonic() + timeout_s
        while len(seen := self.exchanges()) < count:
            if time.monotonic() > deadline:
                message = f"{len(seen)} exchanges after {timeout_s} s, expected {count}"
                raise TimeoutError(message)
            time.sleep(0.01)
        return seen

    def stop(self) -> None:
        """Ends the process; the journal stays."""
        self._process.terminate()
        self._process.wait(10)
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
