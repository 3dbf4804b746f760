"""docs/tutorial.md is run from its first block after the installation to the last, in one shell.

`make check-deploy` installs as the page says, too. Ports are others here, since tests run side by side.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support import deploy_tools
from support.deploy_tools import ROOT

PAGE = (ROOT / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```(?:\s*```text\n(.*?)```)?", PAGE, re.DOTALL)
INSTALL = 0
SETTLED = """
until curl -sf http://127.0.0.1:4318/metrics | grep -q 'pending{destination="ledger"} 0'
do sleep 0.1; done
echo "-- block --"
"""
"""After each block: everything that was sent is in the ledger."""


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("installed", [False, True], ids=["after installation", "from nothing"])
def test_the_tutorial_does_what_it_shows(installed: bool, tmp_path: Path) -> None:
    if installed:
        deploy_tools.only_when_asked_for()
    ports = {name: free_port() for name in ("4317", "4318", "8123", "8089")}
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "COLUMNS": "80",
        "LANG": "C.UTF-8",
        "SPANTALLY_OTLP_GRPC": f"127.0.0.1:{ports['4317']}",
        "SPANTALLY_OTLP_HTTP": f"127.0.0.1:{ports['4318']}",
        "SPANTALLY_QUERY": f"127.0.0.1:{ports['8123']}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{ports['4317']}",
    }
    blocks = [block for block, _ in BLOCKS]
    if installed:
        blocks[INSTALL] = re.sub(r"https://\S+", f"{ROOT} spantally", blocks[INSTALL])
    else:
        blocks[INSTALL] = "true\n"
        (tmp_path / "spantally").symlink_to(ROOT)
    script = (
        "set -em; trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n"
        + blocks[0]
        + 'echo "-- block --"\n'
    )
    script += SETTLED.join(blocks[1:])
    for usual, port in ports.items():
        script = script.replace(f":{usual}", f":{port}").replace(
            f"--port {usual}", f"--port {port}"
        )
    assert shutil.which("curl")
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split("-- block --\n")
    assert len(printed) == len(BLOCKS)
    assert sum(bool(shown) for _, shown in BLOCKS) == 5
    for (block, shown), answer in zip(BLOCKS, printed, strict=True):
        at = 0
        for part in filter(None, (part.strip() for part in re.split("…\n?", shown))):
            assert part in answer[at:], f"{block}\n{answer}"
            at = answer.index(part, at) + len(part)
