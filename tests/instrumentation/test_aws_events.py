"""Amazon's frames, cut anywhere and broken anyhow."""

from __future__ import annotations

import itertools
import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st
from spantally._aws_events import AwsEventSplitter
from spantally._sse import ServerSentEvent
from support.aws_frames import event, exception, frame

payloads = st.binary(max_size=60)
names = st.text(alphabet="abcXYZ", min_size=1, max_size=8)
events = st.lists(st.tuples(names, payloads), max_size=6)


def split(chunks: list[bytes]) -> list[ServerSentEvent]:
    splitter = AwsEventSplitter()
    found = [one for chunk in chunks for one in splitter.feed(chunk)]
    return found + splitter.finish()


def framed(sent: list[tuple[str, bytes]]) -> bytes:
    return b"".join(frame({":event-type": name}, payload) for name, payload in sent)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    return [stream[a:b] for a, b in itertools.pairwise(edges)]


@given(sent=events, places=st.lists(st.integers(min_value=0), max_size=8))
def test_events_come_out_as_they_went_in_wherever_the_stream_is_cut(
    sent: list[tuple[str, bytes]], places: list[int]
) -> None:
    expected = [ServerSentEvent(name.encode(), payload) for name, payload in sent]
    assert split(cut(framed(sent), places)) == expected


@given(sent=events.filter(bool), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_nothing_comes_out_of_a_broken_frame_nor_after_it(
    sent: list[tuple[str, bytes]], place: int, bit: int
) -> None:
    stream = bytearray(framed(sent))
    place %= len(stream)
    stream[place] ^= 1 << bit
    whole, end = 0, 0
    for name, payload in sent:
        end += len(framed([(name, payload)]))
        if end > place:
            break
        whole += 1
    assert len(split([bytes(stream)])) == whole


@given(st.binary(max_size=200))
def test_garbage_is_no_event(garbage: bytes) -> None:
    assert split([garbage]) == []


def test_half_a_frame_says_nothing() -> None:
    stream = event("metadata", {"usage": {"inputTokens": 1}})
    assert split([stream[:-1]]) == []


def test_an_exception_keeps_its_type_and_loses_its_message() -> None:
    (found,) = split([exception("throttlingException", "canary")])
    assert found == ServerSentEvent(b"error", b'{"error": {"code": "throttlingException"}}')


def test_headers_of_every_type_are_passed_over() -> None:
    sizes = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    block = b"".join(b"\x01h" + bytes([kind]) + bytes(size) for kind, size in sizes.items())
    block += b"\x01b\x06\x00\x03abc" + b"\x0b:event-type\x07\x00\x04ping"
    prelude = struct.pack(">II", 16 + len(block) + 2, len(block))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + block + b"{}"
    stream = message + struct.pack(">I", zlib.crc32(message))
    assert split([stream]) == [ServerSentEvent(b"ping", b"{}")]
