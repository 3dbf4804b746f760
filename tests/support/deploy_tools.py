"""Programs and schemas that deploy/ is checked with and that no Python package has.

`python -m support.deploy_tools` gets them from the Go module proxy into `.cache/deploy`, which takes Go; a test
that needs one skips while it is not there, or fails where SPANTALLY_CHECK_DEPLOY is set (`make check-deploy`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "deploy"

PROGRAMS = {
    "kustomize": "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1",
    "compose": "github.com/compose-spec/compose-go/v2/cmd@v2.16.2",
}
"""Program to its package. `compose` is the loader that `docker compose config` is made of."""

DEFINITIONS = {
    "Instrumentation": (
        "github.com/open-telemetry/opentelemetry-operator@v0.140.0",
        "config/crd/bases/opentelemetry.io_instrumentations.yaml",
    ),
    "ScaledObject": (
        "github.com/kedacore/keda/v2@v2.21.0",
        "config/crd/bases/keda.sh_scaledobjects.yaml",
    ),
    "ServiceMonitor": (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    ),
}
"""Kind to the module that defines it, and where in it."""


def program(name: str) -> Path:
    """Where a program of PROGRAMS is, or one of the system's."""
    on_path = None if name in PROGRAMS else shutil.which(name)
    return _needed(Path(on_path) if on_path else FOLDER / name)


def definition(kind: str) -> Path:
    """The CustomResourceDefinition of a kind."""
    return _needed(FOLDER / f"{kind}.yaml")


def asked_for() -> bool:
    """Whether everything is to be checked, however long it takes."""
    return bool(os.environ.get("SPANTALLY_CHECK_DEPLOY"))


def only_when_asked_for() -> None:
    """Skips what takes long, or installs from a package index, but for `make check-deploy`."""
    if not asked_for():
        pytest.skip("make check-deploy does it")


def _needed(path: Path) -> Path:
    if not path.exists():
        missing = f"{path.name} is not here; make check-deploy says what it takes"
        (pytest.fail if asked_for() else pytest.skip)(missing)
    return path


def main() -> None:
    go = shutil.which("go")
    if go is None:
        sys.exit(
            "Go is not here: the overlays, compose.yaml and operators' resources cannot be checked"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, package in PROGRAMS.items():
        if not (FOLDER / name).exists():
            print(f"building {name}", flush=True)
            made = FOLDER / "bin"
            subprocess.run(
                [go, "install", package], env={**os.environ, "GOBIN": str(made)}, check=True
            )
            next(made.iterdir()).rename(FOLDER / name)
    for kind, (module, path) in DEFINITIONS.items():
        if not (FOLDER / f"{kind}.yaml").exists():
            print(f"fetching the definition of {kind}", flush=True)
            done = subprocess.run(
                [go, "mod", "download", "-json", module],
                cwd=FOLDER,
                capture_output=True,
                check=True,
            )
            shutil.copy(Path(json.loads(done.stdout)["Dir"]) / path, FOLDER / f"{kind}.yaml")
    if shutil.which("promtool") is None:
        sys.exit("promtool is not here: on Debian and Ubuntu, apt-get install prometheus")


if __name__ == "__main__":
    main()
