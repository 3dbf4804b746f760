"""Programs built from the Go module proxy, once, into `.cache/collector`: Collectors, Jaeger.

A few minutes each, and only where Go is. A module that the proxy does not serve is left out of a Collector,
and named, so that what does not need it can be checked all the same.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from support.environments import FOLDER, NotAvailableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CACHE = FOLDER.parent / "collector"
BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.165.0"
JAEGER = "github.com/jaegertracing/jaeger/cmd/jaeger@v1.76.0"
"""Jaeger 2: its second major version is in a module that is still numbered 1."""

_MODULE = re.compile(r"^ +- gomod: (\S+) (\S+)$", re.MULTILINE)


class BuildError(NotAvailableError):
    """Its modules are there, and it was not built all the same."""


class Collector(NamedTuple):
    """A Collector that was built."""

    program: Path
    left_out: tuple[str, ...]
    """Modules of the manifest that could not be had, without their host and owner."""


def collector(manifest: str) -> Collector:
    """A Collector of what a builder's manifest names; raises NotAvailableError."""
    modules = [f"{path}@{version}" for path, version in _MODULE.findall(manifest)]
    missing = _not_served(modules)
    if len(missing) == len(modules):
        raise NotAvailableError(f"the Go module proxy serves none of its modules: {missing[0]}")
    lines = [
        line for line in manifest.splitlines() if not any(f" {it} " in f"{line} " for it in missing)
    ]
    text = re.sub(r"output_path: \S+", "output_path: .", "\n".join(lines))
    folder = CACHE / hashlib.sha256(text.encode()).hexdigest()[:12]
    name = re.findall(r"^  name: (\S+)$", text, re.MULTILINE)[0]
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.yaml").write_text(text)
        _run(["go", "run", BUILDER, "--config=manifest.yaml"], folder)
    left_out = tuple(path.rpartition("/opentelemetry-collector")[2] for path in missing)
    return Collector(folder / name, left_out)


def jaeger() -> Path:
    """Jaeger's program; raises NotAvailableError."""
    package, _, version = JAEGER.partition("@")
    folder = CACHE / f"jaeger-{version}"
    program = folder / "jaeger"
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _run(["go", "mod", "init", "jaeger.local"], folder)
        _run(["go", "get", "-tool", JAEGER], folder)
        _run(["go", "build", "-o", "jaeger", package], folder)
    return program


def _not_served(modules: Iterable[str]) -> list[str]:
    """Paths of the modules that the proxy says it does not have."""
    return [
        module.partition("@")[0]
        for module in modules
        if subprocess.run(
            [_go(), "mod", "download", module], capture_output=True, check=False
        ).returncode
    ]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        [_go(), *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        end = done.stderr.strip()[-600:]
        raise BuildError(f"`{' '.join(command)}` ended with {done.returncode}: {end}")


def _go() -> str:
    if (program := shutil.which("go")) is None:
        raise NotAvailableError("there is no Go")
    return program
