"""Bodies inflate to what was compressed, within bounds."""

from __future__ import annotations

import gzip
import hashlib
import sys
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.errors import Malformed, TooLarge, UnsupportedMedia
from spantally_processor.otlp.compression import (
    MAX_STREAMS,
    RATIO_FREE_BYTES,
    inflate,
    normalise_encoding,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}
NOISE = hashlib.shake_256(b"noise").digest(300_000)
LIMIT = 64 << 20
CHECKED = zstd.compress(NOISE, options={zstd.CompressionParameter.checksum_flag: 1})


@given(st.binary(max_size=2000), st.sampled_from(sorted(COMPRESSED)))
def test_a_body_comes_back_as_it_was(body: bytes, encoding: str) -> None:
    assert inflate(COMPRESSED[encoding](body), encoding, limit=2000) == body


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_of_several_streams_is_one_body_and_their_number_is_bounded(encoding: str) -> None:
    stream = COMPRESSED[encoding](b"some")

    assert inflate(stream * MAX_STREAMS, encoding, limit=LIMIT) == b"some" * MAX_STREAMS
    started = time.process_time()
    with pytest.raises(Malformed, match="streams"):
        inflate(stream * 500_000, encoding, limit=LIMIT)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_a_truncated_stream_is_malformed_wherever_it_is_cut(encoding: str) -> None:
    whole = COMPRESSED[encoding](NOISE[:50])

    for length in range(len(whole)):
        with pytest.raises(Malformed):
            inflate(whole[:length], encoding, limit=LIMIT)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"\x00" * 30, "gzip"),
        (gzip.compress(b"x") + b"garbage", "gzip"),
        (zlib.compress(b"x") + b"garbage", "deflate"),
        (gzip.compress(NOISE)[:-6] + b"\x00" * 6, "gzip"),
        (b"\x00" * 30, "zstd"),
        (zstd.compress(b"x") + b"garbage", "zstd"),
        (CHECKED[:-4] + b"\x00" * 4, "zstd"),
    ],
    ids=[
        "not gzip",
        "bytes after gzip",
        "bytes after deflate",
        "wrong checksum",
        "not zstd",
        "bytes after zstd",
        "wrong checksum in zstd",
    ],
)
def test_a_corrupt_stream_is_malformed(body: bytes, encoding: str) -> None:
    with pytest.raises(Malformed):
        inflate(body, encoding, limit=LIMIT)


@pytest.mark.parametrize("encoding", sorted(COMPRESSED))
def test_the_limit_holds_after_decompression(encoding: str) -> None:
    body = COMPRESSED[encoding](NOISE)

    assert inflate(body, encoding, limit=len(NOISE)) == NOISE
    with pytest.raises(TooLarge):
        inflate(body, encoding, limit=len(NOISE) - 1)


def test_a_bomb_is_refused_by_its_ratio_and_a_small_repetitive_body_is_not() -> None:
    small = bytes(RATIO_FREE_BYTES)

    assert inflate(gzip.compress(small), "gzip", limit=LIMIT) == small
    with pytest.raises(TooLarge, match="100:1"):
        inflate(gzip.compress(small * 20), "gzip", limit=LIMIT)


@pytest.mark.parametrize("says_its_size", [False, True])
def test_a_zstd_bomb_is_refused_whatever_size_it_says(says_its_size: bool) -> None:
    options = {zstd.CompressionParameter.content_size_flag: int(says_its_size)}
    bomb = zstd.compress(bytes(200 << 20), options=options)
    assert len(bomb) < 20_000
    size = zstd.get_frame_info(bomb).decompressed_size
    assert (size is not None) is says_its_size

    with pytest.raises(TooLarge, match="100:1"):
        inflate(bomb, "zstd", limit=1 << 30)
    with pytest.raises(TooLarge, match="more than 1048576 bytes"):
        inflate(bomb, "zstd", limit=1 << 20)


def test_a_zstd_stream_that_wants_a_larger_window_than_8_mib_is_refused() -> None:
    def windowed(log: int) -> bytes:
        stream = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: log})
        return stream.compress(NOISE) + stream.flush()

    assert inflate(windowed(23), "zstd", limit=LIMIT) == NOISE
    with pytest.raises(Malformed):
        inflate(windowed(24), "zstd", limit=LIMIT)


def test_what_is_compressed_twice_is_opened_once() -> None:
    once = gzip.compress(NOISE)
    assert inflate(gzip.compress(once), "gzip", limit=LIMIT) == once


def test_encodings_are_known_by_any_case_and_others_are_named_in_the_error() -> None:
    assert [normalise_encoding(name) for name in ("", "identity", " GZip", "deflate", "ZSTD")] == [
        "",
        "",
        "gzip",
        "deflate",
        "zstd",
    ]
    with pytest.raises(UnsupportedMedia, match="br"):
        normalise_encoding("br")
