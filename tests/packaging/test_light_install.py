"""What an app pays for `pip install spantally`: few packages, next to no import time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "chdb", "chdb-core", "clickhouse-connect", "numpy", "pandas", "pyarrow", "pydantic",
    "rich", "click", "uvicorn", "httpx", "httpx2", "openai", "anthropic",
    "spantally-pricing", "spantally-processor",
}  # fmt: skip


@pytest.fixture(scope="module")
def light(environment: Callable[..., Any]) -> Any:
    return environment(ROOT / "instrumentation")


def test_the_instrumentation_pulls_in_nothing_heavy(light: Any) -> None:
    packages = light.packages()
    assert "spantally" in packages
    assert packages & HEAVY == set()
    foreign = {name for name in packages if not name.startswith("opentelemetry-")}
    assert foreign <= {
        "spantally", "wrapt", "packaging", "typing-extensions", "importlib-metadata", "zipp",
        # the OTLP exporters' own: protobuf messages, a gRPC client, an HTTP client
        "protobuf", "googleapis-common-protos", "grpcio", "requests", "urllib3", "certifi",
        "charset-normalizer", "idna", "psutil",
    }, foreign  # fmt: skip


def test_importing_it_takes_less_than_a_tenth_of_a_second_and_loads_no_http_client(
    light: Any,
) -> None:
    code = (
        "import sys, time\n"
        "import opentelemetry.context, opentelemetry.baggage, opentelemetry.metrics\n"
        "start = time.process_time()\n"
        "import spantally\n"
        "print(time.process_time() - start)\n"
        "print(*sorted({'grpc', 'httpx', 'httpx2', 'requests'} & sys.modules.keys()))\n"
    )
    runs = [light.run("-c", code).splitlines() for _ in range(5)]
    assert min(float(run[0]) for run in runs) < 0.1
    assert {run[1] for run in runs} == {""}


def test_an_uninstrumented_app_may_import_it_without_an_effect(light: Any) -> None:
    code = (
        "import os, spantally\n"
        "with spantally.attribute(team='t'):\n"
        "    print('fine')\n"
        "print(os.environ.get('ANTHROPIC_OPEN_TELEMETRY'), spantally.internal_errors())\n"
    )
    assert light.run("-c", code) == "fine\nNone {}\n"


def test_the_public_names_are_these() -> None:
    import spantally  # noqa: PLC0415

    assert spantally.__all__ == ["attribute", "internal_errors"]
    assert all(hasattr(spantally, name) for name in spantally.__all__)


def test_the_processor_and_the_pricing_do_not_import_the_instrumentation_nor_the_reverse() -> None:
    allowed = {
        "instrumentation/src": {"spantally"},
        "pricing/src": {"spantally_pricing"},
        "processor/src": {"spantally_processor", "spantally_pricing"},
    }
    for folder, own in allowed.items():
        for file in (ROOT / folder).rglob("*.py"):
            words = (line.split() for line in file.read_text().splitlines())
            imported = {
                w[1].split(".")[0] for w in words if len(w) > 1 and w[0] in {"import", "from"}
            }
            ours = {name for name in imported if name.startswith("spantally")}
            assert ours <= own, file
