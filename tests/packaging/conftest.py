from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own."""

    python: Path

    def run(self, *args: str | Path, **kwargs: object) -> str:
        """Run its Python; the output. Fails with what was printed.

        What the tests of this process have set for SDKs and OpenTelemetry is not handed on.
        """
        foreign = ("OTEL_", "ANTHROPIC_", "OPENAI_", "SPANTALLY_")
        env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        done = subprocess.run(
            [self.python, *args], capture_output=True, text=True, check=False, env=env, **kwargs  # type: ignore[call-overload]
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def packages(self) -> set[str]:
        """Names of what is installed."""
        listing = uv("pip", "list", "--python", self.python, "--format", "freeze")
        return {line.partition("==")[0].partition(" @")[0].lower() for line in listing.splitlines()}


def uv(*args: str | Path) -> str:
    """Run the uv beside this Python."""
    beside = Path(sys.executable).with_name("uv")
    command = beside if beside.exists() else "uv"
    done = subprocess.run([command, *args], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Make a clean environment with the given requirements in it."""

    def make(*requirements: str | Path, python: Path | str = sys.executable) -> Environment:
        folder = tmp_path_factory.mktemp("environment")
        uv("venv", "--quiet", "--python", python, folder)
        installed = Environment(folder / "bin" / "python")
        uv("pip", "install", "--quiet", "--python", installed.python, *requirements)
        return installed

    return make
