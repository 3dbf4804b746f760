"""Headers are read as the library reads them, and changed where it keeps them."""

from __future__ import annotations

import httpx
import httpx2
import pytest
from spantally.transports._headers import Headers

RAW = [("X-Team", "a"), ("Set-Cookie", "one=1"), ("set-cookie", "two=2"), ("X-Place", "café")]


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_every_header_reads_as_in_the_library(library: type[httpx]) -> None:
    theirs = library.Headers([(name, value.encode("latin-1")) for name, value in RAW])
    ours = Headers(theirs)
    assert dict(ours) == {name: theirs[name] for name in theirs}
    assert {name: ours.get(name) for name in ours} == dict(ours)
    assert ours.get("x-absent") is None
    assert "x-absent" not in ours


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_change_is_one_of_what_is_sent(library: type[httpx]) -> None:
    theirs = library.Headers(RAW[:1])
    ours = Headers(theirs)
    ours["baggage"] = "a=1"
    del ours["x-team"]
    assert dict(theirs) == dict(ours) == {"baggage": "a=1"}
    assert len(ours) == 1
