"""Python interpreters on this machine, by minor version."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path


@cache
def interpreters() -> dict[int, Path]:
    """Working CPython 3.x by their x: on the path, or installed by pyenv."""
    found: dict[int, Path] = {}
    for minor in range(10, 15):
        name = f"python3.{minor}"
        on_path = shutil.which(name)
        pyenv = (Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/{name}")
        for candidate in [*([Path(on_path)] if on_path else []), *sorted(pyenv)]:
            if _works(candidate, minor):
                found[minor] = candidate
                break
    return found


def _works(python: Path, minor: int) -> bool:
    code = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, {minor}))"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
