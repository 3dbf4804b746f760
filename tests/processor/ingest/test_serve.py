"""`spantally serve`: its settings, its ready line, its status pages, its exit codes."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from spantally_processor.config import Address, Settings, Target
from spantally_processor.errors import ConfigError
from support.processor import AWAY, FREE_PORTS, SERVE, command, running, settings_in

if TYPE_CHECKING:
    from pathlib import Path


def ended(*options: str) -> subprocess.CompletedProcess[str]:
    """The command, which is expected to end by itself."""
    return subprocess.run(
        [*SERVE, *FREE_PORTS, *options], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:4317", Address("127.0.0.1", 4317)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:65535", Address("::1", 65535)),
    ],
)
def test_an_address_is_host_and_port(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize("text", ["", "4317", ":4317", "host:", "host:x", "host:65536", "host:-1"])
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:4317"):
        Address.parse(text)


def test_every_fault_of_the_settings_is_named_at_once(tmp_path: Path) -> None:
    same = Address("127.0.0.1", 4317)
    settings = settings_in(
        tmp_path,
        otlp_grpc=same,
        otlp_http=same,
        forward=tuple(Target(url=url) for url in ("ftp://x", "http://y", "http://y")),
        rates=(tmp_path / "none.toml",),
        flush_rows=0,
    )

    with pytest.raises(ConfigError) as error:
        settings.check()

    assert error.value.faults == (
        "otlp_http and otlp_grpc are both 127.0.0.1:4317; give them apart",
        "forward 'ftp://x' is no http(s) URL; expected e.g. http://127.0.0.1:4318",
        "forward 'http://y' is given twice",
        f"rates file {tmp_path}/none.toml does not exist",
        "flush_rows is 0; it must be above 0",
    )


def test_the_defaults_are_the_documented_ports_on_loopback(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, store="chdb:///x")

    doors = settings.otlp_grpc, settings.otlp_http, settings.query
    assert [str(door) for door in doors] == ["127.0.0.1:4317", "127.0.0.1:4318", "127.0.0.1:8123"]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--otlp-http", "nowhere"], 2, "expected host:port"),
        (["--forward", "ftp://x"], 2, "'ftp://x' is no http(s) URL"),
        (["--store", "mysql://x"], 2, "store URL"),
    ],
)
def test_wrong_settings_end_the_command_with_a_message_and_no_traceback(
    tmp_path: Path, options: list[str], status: int, message: str
) -> None:
    result = ended("--data", str(tmp_path), *options)

    assert result.returncode == status
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for door in ("--otlp-http", "--otlp-grpc"):
            result = ended("--data", str(tmp_path), "--store", AWAY, door, address)
            assert result.returncode == 3
            assert f"cannot listen on {address}" in result.stderr
            assert "Traceback" not in result.stderr


def test_a_second_processor_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with command(tmp_path):
        result = ended("--data", str(tmp_path))

    assert result.returncode == 3
    assert "in use" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_ready_line_for_people_tells_what_to_do_next(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*SERVE, *FREE_PORTS, "--data", str(tmp_path), "--store", AWAY],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.terminate()

    assert lines[0].startswith("spantally is ready: OTLP http://127.0.0.1:")
    assert "opentelemetry-instrument python your_app.py" in lines[2]
    assert lines[3] == f"  spantally report --store {AWAY}\n"
    assert process.returncode == 0


def test_the_ready_line_hides_the_password_of_the_ledger(tmp_path: Path) -> None:
    store = "http://writer:hush@127.0.0.1:1/spantally"
    with subprocess.Popen(
        [*SERVE, *FREE_PORTS, "--data", str(tmp_path), "--store", store],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        while not lines[-1].startswith("  spantally report"):
            lines.append(process.stdout.readline())
        process.terminate()
    assert lines[-1] == "  spantally report --store http://writer:PASSWORD@127.0.0.1:1/spantally\n"
    assert "hush" not in "".join(lines)


def test_the_status_pages_answer(tmp_path: Path) -> None:
    with running(settings_in(tmp_path, store=AWAY)) as processor:
        answers: dict[str, Any] = {
            path: httpx.get(processor.http + path) for path in ("/healthz", "/readyz", "/metrics")
        }

    assert [answer.status_code for answer in answers.values()] == [200, 200, 200]
    assert answers["/metrics"].headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE spantally_spans_received_total counter" in answers["/metrics"].text
