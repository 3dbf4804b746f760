"""docs/reference/endpoints.md lists what the SDKs can call; UPDATE_ENDPOINTS=1 writes it anew.

A new version of an SDK brings endpoints that nobody has judged: the test names them.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from support.endpoints_not_read import FREE, PAID
from support.sdk_endpoints import SDKS, Sdk, endpoints_of, is_read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "endpoints.md"
HEAD = """# What the providers' SDKs can call, and what is read of it

Taken from the sources of the SDKs themselves: all that can be posted, and all that is read. A test keeps this
page and the instrumentation the same, and fails where a newer SDK has an endpoint that nobody has judged.
WebSockets are not in the sources in one form, and so not here: those of OpenAI, Azure, Gemini and xAI are read,
those of Mistral and Together (transcription of running speech) are not.
"""


class Judged(NamedTuple):
    """The endpoints of one SDK."""

    read: list[str]
    paid: dict[str, list[str]]
    """Not read, although they cost, by the reason."""
    free: list[str]
    unknown: list[str]


@cache
def judged(sdk: Sdk) -> Judged:
    found = Judged([], {}, [], [])
    for method, path in endpoints_of(sdk):
        name = path if method in {"POST", "gRPC"} else f"{method} {path}"
        if is_read(sdk, method, path):
            found.read.append(name)
        elif method == "GET":
            continue
        elif any(re.match(pattern, path) for pattern in FREE[sdk.package]):
            found.free.append(name)
        else:
            reasons = (why for pattern, why in PAID[sdk.package] if re.match(pattern, path))
            reason = next(reasons, None)
            (found.paid.setdefault(reason, []) if reason else found.unknown).append(name)
    return found


def section(sdk: Sdk) -> str:
    found = judged(sdk)
    rows = [f"| read | {listed(found.read)} |"]
    rows += [f"| not read: {why} | {listed(paths, 6)} |" for why, paths in found.paid.items()]
    free = f"\nFree, and so no call: {len(found.free)} more.\n" if found.free else ""
    return "\n".join((f"\n## {sdk.package}\n", "| | |", "|---|---|", *rows, free))


def listed(paths: list[str], most: int | None = None) -> str:
    shown = " ".join(f"`{path}`" for path in paths[:most])
    return shown if most is None or len(paths) <= most else f"{shown} and {len(paths) - most} more"


@pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: sdk.package)
def test_every_endpoint_of_an_sdk_is_read_or_there_is_a_reason(sdk: Sdk) -> None:
    assert judged(sdk).unknown == []


@pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: sdk.package)
def test_every_reason_is_about_an_endpoint_that_there_is(sdk: Sdk) -> None:
    not_read = [path for method, path in endpoints_of(sdk) if not is_read(sdk, method, path)]
    patterns = [*FREE[sdk.package], *(pattern for pattern, _ in PAID[sdk.package])]
    assert [p for p in patterns if not any(re.match(p, path) for path in not_read)] == []


def test_the_page_is_what_the_sdks_have() -> None:
    page = HEAD + "".join(section(sdk) for sdk in SDKS)
    if os.environ.get("UPDATE_ENDPOINTS"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "stale; UPDATE_ENDPOINTS=1 writes it anew"
