"""Secrets as deploy/make-secrets.sh makes them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support import deploy_tools

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    script = deploy_tools.ROOT / "deploy" / "make-secrets.sh"
    subprocess.run([script, folder], check=True, capture_output=True)
    return folder
