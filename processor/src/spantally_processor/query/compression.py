"""How answers are made smaller, and queries large: HTTP's encodings, and ClickHouse's frames (`compress=1`).

A frame is 16 bytes of checksum, then a method, its own size, the size of its data, and the data. The
checksum is CityHash128 of version 1.0.2, over all that follows it
(ClickHouse, src/Compression/CompressedWriteBuffer.cpp, read in November 2026).
"""

from __future__ import annotations

import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any, cast

import clickhouse_cityhash.cityhash as cityhash_1_0_2
import lz4.block  # type: ignore[import-untyped]
import lz4.frame  # type: ignore[import-untyped]

from spantally_processor.errors import Malformed, TooLarge
from spantally_processor.otlp.compression import inflate, normalise_encoding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

FRAME_BYTES = 1 << 20
"""Data in one frame, at most; ClickHouse's own clients refuse frames far above this."""

WORTH_IT_BYTES = 1024
"""An answer shorter than this goes as it is."""

_LZ4 = 0x82

_DECODERS: dict[str, Any] = {
    "lz4": cast("Any", lz4.frame).LZ4FrameDecompressor,
    "zstd": zstd.ZstdDecompressor,
}


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, level=3, wbits=31)


def _deflate(body: bytes) -> bytes:
    return zlib.compress(body, level=3)


def _zstd(body: bytes) -> bytes:
    return zstd.compress(body, level=1)


def _lz4(body: bytes) -> bytes:
    return cast("bytes", cast("Any", lz4.frame).compress(body))


_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": _zstd,
    "lz4": _lz4,
    "gzip": _gzip,
    "deflate": _deflate,
}
"""By preference."""


def encoding_for(accepted: str) -> str:
    """The best of a request's Accept-Encoding; empty for none."""
    offered: set[str] = set()
    for item in accepted.lower().split(","):
        name, _, quality = item.partition(";")
        if quality.replace(" ", "") not in ("q=0", "q=0.0"):
            offered.add(name.strip())
    return next((name for name in _ENCODINGS if name in offered), "")


def encoded(body: bytes, encoding: str) -> bytes:
    """The body in an encoding that `encoding_for` named."""
    return _ENCODINGS[encoding](body)


def decoded(body: bytes, encoding: str, *, limit: int) -> bytes:
    """A request's body, at most `limit` bytes of it.

    Raises:
        Malformed, TooLarge, UnsupportedMedia: It cannot be read.
    """
    if encoding not in {"lz4", "zstd"}:
        return inflate(body, normalise_encoding(encoding), limit=limit)
    out = bytearray()
    while body:
        stream: Any = _DECODERS[encoding]()
        try:
            out += stream.decompress(body, limit + 1 - len(out))
        except (RuntimeError, zstd.ZstdError) as error:
            raise Malformed(f"the {encoding} stream is corrupt: {error}") from None
        if len(out) > limit:
            raise TooLarge(f"the body inflates to more than {limit} bytes")
        if not stream.eof:
            raise Malformed(f"the {encoding} stream is truncated")
        body = stream.unused_data or b""
    return bytes(out)


def framed(body: bytes) -> bytes:
    """The body in ClickHouse's frames."""
    return b"".join(
        _frame(body[start : start + FRAME_BYTES]) for start in range(0, len(body), FRAME_BYTES)
    )


def _frame(data: bytes) -> bytes:
    compressed = cast("bytes", cast("Any", lz4.block).compress(data, store_size=False))
    frame = struct.pack("<BII", _LZ4, 9 + len(compressed), len(data)) + compressed
    low, high = _halves(frame)
    return struct.pack("<QQ", low, high) + frame


def _halves(frame: bytes) -> tuple[int, int]:
    number = cast("int", cast("Any", cityhash_1_0_2).CityHash128(frame))
    return number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF
