"""Virtual environments with other instrumentations in them, and ours beside.

They are apart from each other and from ours, since several register under the same entry point name
(`openai`), and some need older SDKs. Made by uv when first asked for, under `.cache/environments`;
`SPANTALLY_ENVIRONMENTS` names another folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support.interpreters import interpreters

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SPANTALLY_ENVIRONMENTS") or ROOT / ".cache" / "environments")

AT_START = dict(os.environ)
"""For uv, which has the machine's certificates from it; a test's own may know one authority."""

_SDKS = ("openai>=3.54", "anthropic>=2.12", "mistralai>=3.7")
_OLD_SDKS = ("openai>=2.54,<3", "anthropic>=0.125,<1", "mistralai>=3.7")
_OFFICIAL = (
    "opentelemetry-instrumentation-genai-openai==1.3b0",
    "opentelemetry-instrumentation-genai-anthropic==1.3b0",
)
_TRACELOOP = (
    "opentelemetry-instrumentation-openai>=0.62.4",
    "opentelemetry-instrumentation-anthropic>=0.62.4",
)
_OPENINFERENCE = (
    "openinference-instrumentation-openai>=0.1.66",
    "openinference-instrumentation-anthropic>=3.1",
)
_LANGFUSE = ("langfuse>=5.0.4",)

REQUIREMENTS = {
    "native": _SDKS,
    "official": (*_SDKS, *_OFFICIAL),
    "traceloop": (*_SDKS, *_TRACELOOP),
    "openinference": (*_SDKS, *_OPENINFERENCE),
    "langfuse": (*_SDKS, *_LANGFUSE),
    "rotel": ("rotel==0.0.1a15",),
    "phoenix": ("arize-phoenix>=20.26,<21",),
    "openlit": (*_OLD_SDKS, "openlit>=1.45"),  # it wants openai<3 and anthropic<1
    "vertex": ("google-cloud-aiplatform>=2.7",),  # it wants google-genai<3
    "sonic": ("aws-sdk-bedrock-runtime>=0.12", "awscrt>=0.38"),
    "frameworks": (
        *_SDKS,
        "langchain-openai>=1.7",
        "langchain-anthropic>=1.7",
        "openai-agents>=0.24",
        *_OFFICIAL,
        *_OPENINFERENCE,
        "openinference-instrumentation-langchain>=0.1.80",
        "openinference-instrumentation-openai-agents>=2.6",
        "opentelemetry-instrumentation-langchain>=0.62.4",
    ),
    "litellm": ("litellm[proxy]>=1.106",),
    "together": (*_SDKS, *_OFFICIAL, *_TRACELOOP, *_OPENINFERENCE, *_LANGFUSE),
}
"""What is installed beside our instrumentation, by the environment's name."""

OLDEST = {"sonic": 12}
"""The minor version of Python 3 that an environment needs at least, where this one may be too old."""


class NotAvailableError(Exception):
    """The environment could not be made; the text says why."""


@dataclass(frozen=True)
class Environment:
    """One of them, ready."""

    name: str
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def launcher(self) -> Path:
        """`opentelemetry-instrument`."""
        return self.folder / "bin" / "opentelemetry-instrument"


def environment(name: str) -> Environment:
    """The environment, made if it is not there as it is wanted now.

    Raises:
        NotAvailableError: uv cannot make it, as without a network.
    """
    wanted = _stamp(name)
    folder = FOLDER / name
    stamp = folder / "stamp"
    if not (stamp.exists() and stamp.read_text() == wanted):
        _make(folder, REQUIREMENTS[name], _python(name))
        stamp.write_text(wanted)
    return Environment(name, folder)


def _stamp(name: str) -> str:
    parts = (
        *REQUIREMENTS[name],
        sys.version,
        (ROOT / "instrumentation/pyproject.toml").read_text(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _python(name: str) -> Path:
    oldest = OLDEST.get(name, 0)
    if sys.version_info[1] >= oldest:
        return Path(sys.executable)
    fitting = [minor for minor in interpreters() if minor >= oldest]
    if not fitting:
        raise NotAvailableError(f"{name} needs Python 3.{oldest} or newer, of which there is none")
    return interpreters()[min(fitting)]


def _make(folder: Path, requirements: tuple[str, ...], python: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = Path(sys.executable).with_name("uv")
    ours = ("--editable", str(ROOT / "instrumentation"))
    for arguments in (
        ("venv", "--quiet", "--python", str(python), str(folder)),
        ("pip", "install", "--quiet", "--python", str(folder), *requirements, *ours),
    ):
        done = subprocess.run(
            [uv, *arguments], capture_output=True, text=True, check=False, env=AT_START
        )
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            raise NotAvailableError(f"uv {' '.join(arguments[:2])}: {done.stderr.strip()[:400]}")
