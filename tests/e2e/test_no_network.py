"""Nothing is fetched at run time: the processor, an app and the report work with loopback alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

INSIDE = """
import fcntl, json, os, signal, socket, struct, subprocess, sys, time

def raise_loopback():
    with socket.socket() as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sH22x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running

def only_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
        except OSError:
            return True
    return False

raise_loopback()
assert only_loopback()
here, data = os.path.dirname(sys.executable), sys.argv[1]
serve = subprocess.Popen(
    [here + "/spantally", "serve", "--json", "--data", data, "--otlp-grpc", "127.0.0.1:0",
     "--otlp-http", "127.0.0.1:0", "--query", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
try:
    otlp = json.loads(serve.stdout.readline())["ready"]["otlp_http"]
    app = (
        "import httpx\\n"
        "try:\\n"
        "    httpx.post('http://127.0.0.1:9/v1/chat/completions', json={'model': 'm', 'messages': []})\\n"
        "except httpx.ConnectError:\\n"
        "    pass\\n"
    )
    subprocess.run(
        [here + "/opentelemetry-instrument", sys.executable, "-c", app], check=True,
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": otlp, "OTEL_SERVICE_NAME": "offline",
             "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"})
    for _ in range(100):
        report = subprocess.run([here + "/spantally", "report", "--json", "--data", data],
                                capture_output=True, text=True)
        if report.returncode == 0:
            break
        time.sleep(0.1)
    print(report.stdout)
finally:
    serve.send_signal(signal.SIGTERM)
    serve.wait(20)
"""


def may_unshare() -> bool:
    tool = shutil.which("unshare")
    if tool is None:
        return False
    return subprocess.run([tool, "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_unshare(), reason="this machine gives no network namespaces")
def test_a_call_is_recorded_and_reported_with_no_network_but_loopback(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", INSIDE, tmp_path / "ledger"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "127.0.0.1" in done.stdout, done.stderr
