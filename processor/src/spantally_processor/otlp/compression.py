"""Bounded decompression of request bodies.

A 1 MB body can inflate to 1 GB, so output is produced in steps and counted. A body that inflates
more than a hundredfold is refused as well once it passes `RATIO_FREE_BYTES`: real batches
compress about 9:1, attacks about 1000:1.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from spantally_processor.errors import Malformed, TooLarge, UnsupportedMedia

IDENTITY = ""
MAX_RATIO = 100
RATIO_FREE_BYTES = 1 << 20
"""Below this many bytes of output a high ratio is harmless: many equal spans compress well."""

_STEP = 1 << 18
_WINDOW_BITS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


def normalise_encoding(header: str) -> str:
    """Returns "", "gzip" or "deflate" for a Content-Encoding header; raises UnsupportedMedia."""
    encoding = header.strip().lower()
    if encoding in ("", "identity"):
        return IDENTITY
    if encoding in _WINDOW_BITS:
        return encoding
    raise UnsupportedMedia(f"content encoding {encoding!r} is not supported; use gzip or none")


def inflate(body: bytes, encoding: str, *, limit: int, max_ratio: int = MAX_RATIO) -> bytes:
    """Returns the decompressed body.

    Raises:
        TooLarge: more than `limit` bytes come out, or the ratio is that of an attack.
        Malformed: the stream is truncated, corrupt, or followed by other bytes.
    """
    if encoding == IDENTITY:
        if len(body) > limit:
            raise TooLarge(f"the body has {len(body)} bytes; the limit is {limit}")
        return body
    out = bytearray()
    rest = body
    bounds = _Bounds(limit, max_ratio, len(body))
    while True:
        rest = _inflate_member(rest, out, encoding, bounds)
        if not rest:
            return bytes(out)
        if encoding != "gzip":
            raise Malformed(f"{len(rest)} bytes follow the {encoding} stream")


class _Bounds(NamedTuple):
    limit: int
    max_ratio: int
    wire_bytes: int


def _inflate_member(data: bytes, out: bytearray, encoding: str, bounds: _Bounds) -> bytes:
    """Appends one gzip member (or the deflate stream) to `out`; returns the bytes after it."""
    stream = zlib.decompressobj(wbits=_WINDOW_BITS[encoding])
    pending = data
    while not stream.eof:
        try:
            piece = stream.decompress(pending, _STEP)
        except zlib.error as error:
            raise Malformed(f"the {encoding} stream is corrupt: {error}") from None
        if not piece and not stream.unconsumed_tail and not stream.eof:
            raise Malformed(f"the {encoding} stream is truncated")
        out += piece
        pending = stream.unconsumed_tail
        if len(out) > bounds.limit:
            raise TooLarge(f"the body inflates to more than {bounds.limit} bytes")
        if len(out) > RATIO_FREE_BYTES and len(out) > bounds.max_ratio * bounds.wire_bytes:
            raise TooLarge(f"the body inflates more than {bounds.max_ratio}:1")
    return stream.unused_data
