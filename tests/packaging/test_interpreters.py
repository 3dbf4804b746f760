"""The oldest and the newest Python that this machine has run the same tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.interpreters import interpreters

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ["pytest", "pytest-timeout", "hypothesis"]
SDKS = [
    "openai",
    "anthropic",
    "httpx",
    "aiobotocore",
    "aiohttp",
    "boto3",
    "brotli",
    "requests",
    "zstandard",
    "opentelemetry-instrumentation-aiohttp-client",
    "opentelemetry-instrumentation-requests",
    "opentelemetry-instrumentation-urllib3",
]


def ends(oldest: int) -> list[int]:
    """The oldest supported and the newest minor version at hand; none where there are none."""
    minors = sorted(minor for minor in interpreters() if minor >= oldest)
    return sorted({minors[0], minors[-1]}) if minors else []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("minor", ends(10))
def test_the_instrumentation_passes_its_tests_on(
    minor: int, environment: Callable[..., Any]
) -> None:
    made = environment(ROOT / "instrumentation", *TOOLS, *SDKS, python=interpreters()[minor])
    tests = [
        ROOT / "tests" / "instrumentation" / f"test_{name}.py"
        for name in ("attribution", "propagation", "recognition", "streams", "recordings")
    ]
    # Each recording once, through the SDKs: the matrix of clients runs on the main interpreter.
    once = ("-k", "not what_the_recording_says")
    output = made.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *once, *tests, cwd=ROOT)
    assert " passed" in output


@pytest.mark.timeout(600)
@pytest.mark.parametrize("minor", ends(11))
def test_the_pricing_passes_its_tests_on(minor: int, environment: Callable[..., Any]) -> None:
    made = environment(ROOT / "pricing", *TOOLS, python=interpreters()[minor])
    tests = ROOT / "tests" / "pricing"
    # These compare with the repository's rate files, which a wheel has only as its built table.
    without = ("--ignore", tests / "importing", "-k", "not second_opinion and not shipped_table")
    output = made.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *without, tests, cwd=ROOT)
    assert " passed" in output


@pytest.mark.timeout(600)
@pytest.mark.parametrize("minor", ends(11))
def test_the_processor_starts_on(minor: int, environment: Callable[..., Any]) -> None:
    made = environment(ROOT / "pricing", ROOT / "processor", python=interpreters()[minor])
    assert "serve" in made.run("-m", "spantally_processor", "--help")
