"""JSON lines and long events out of a stream that is cut anywhere."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally._lines import LineSplitter
from spantally._sse import EventSplitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally._body import Splitter

BODIES = st.lists(st.sampled_from([b"", b"a", b'{"n": 1}', b" ", b"b\r"])).map(b"\n".join)


@given(BODIES, st.lists(st.integers(0, 60), max_size=6))
def test_lines_are_the_same_wherever_the_body_is_cut(body: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    splitter = LineSplitter()
    events = [event for a, b in pairwise(places) for event in splitter.feed(body[a:b])]
    events += splitter.finish()
    assert [event.data for event in events] == [
        s for line in body.split(b"\n") if (s := line.strip())
    ]
    assert splitter.between_events


@pytest.mark.parametrize(
    ("make", "start", "end"), [(LineSplitter, b"{", b"}\n"), (EventSplitter, b"data: ", b"\n\n")]
)
def test_a_long_line_in_many_chunks_is_put_together_once(
    make: Callable[[], Splitter], start: bytes, end: bytes
) -> None:
    splitter, piece, number = make(), b"x" * 4096, 3000
    began = time.process_time()
    assert splitter.feed(start) == []
    for _ in range(number):
        assert splitter.feed(piece) == []
    (event,) = splitter.feed(end)
    assert len(event.data) >= number * len(piece)
    # Copying the line with every chunk would take seconds: 12 MB, 3,000 times.
    assert time.process_time() - began < 1
