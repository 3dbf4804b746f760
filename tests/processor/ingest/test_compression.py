"""Bodies inflate to what was compressed, within bounds."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.errors import Malformed, TooLarge, UnsupportedMedia
from spantally_processor.otlp.compression import RATIO_FREE_BYTES, inflate, normalise_encoding

if TYPE_CHECKING:
    from collections.abc import Callable

COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}
NOISE = hashlib.shake_256(b"noise").digest(300_000)
LIMIT = 64 << 20


@given(st.binary(max_size=2000), st.sampled_from(sorted(COMPRESSED)))
def test_a_body_comes_back_as_it_was(body: bytes, encoding: str) -> None:
    assert inflate(COMPRESSED[encoding](body), encoding, limit=2000) == body


def test_a_body_of_several_gzip_members_is_one_body() -> None:
    assert inflate(gzip.compress(NOISE) + gzip.compress(b"end"), "gzip", limit=LIMIT) == (
        NOISE + b"end"
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
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
    ],
    ids=["not gzip", "bytes after gzip", "bytes after deflate", "wrong checksum"],
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


def test_encodings_are_known_by_any_case_and_others_are_named_in_the_error() -> None:
    assert [normalise_encoding(name) for name in ("", "identity", " GZip", "deflate")] == [
        "",
        "",
        "gzip",
        "deflate",
    ]
    with pytest.raises(UnsupportedMedia, match="br"):
        normalise_encoding("br")
