"""Bounded decompression of request bodies.

A 1 MB body can inflate to 1 GB, so output is produced in steps and counted, whatever size a stream
says that it has. A body that inflates more than a hundredfold is refused as well once it passes
`RATIO_FREE_BYTES`: real batches compress about 9:1, attacks about 1000:1.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING

from spantally_processor.errors import Malformed, TooLarge, UnsupportedMedia

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    Pieces = Generator[bytes, None, bytes]
    """Yields output in pieces of `_STEP`; returns the bytes after the stream."""

IDENTITY = ""
MAX_RATIO = 100
RATIO_FREE_BYTES = 1 << 20
"""Below this many bytes of output a high ratio is harmless: many equal spans compress well."""

MAX_STREAMS = 16
"""Streams that follow one another in a body. An empty one has 20 bytes, and looking at each takes time."""

ZSTD_WINDOW_LOG = 23
"""8 MiB, what RFC 9659 lets a sender of `Content-Encoding: zstd` ask for."""

_STEP = 1 << 18


def normalise_encoding(header: str) -> str:
    """Returns "", "gzip", "deflate" or "zstd" for a Content-Encoding header; raises UnsupportedMedia."""
    encoding = header.strip().lower()
    if encoding in ("", "identity"):
        return IDENTITY
    if encoding in _DECODERS:
        return encoding
    raise UnsupportedMedia(
        f"content encoding {encoding!r} is not supported; use gzip, zstd, deflate or none"
    )


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
    pieces: list[bytes] = []
    size = 0
    for piece in _inflated(body, encoding):
        size += len(piece)
        if size > limit:
            raise TooLarge(f"the body inflates to more than {limit} bytes")
        if size > RATIO_FREE_BYTES and size > max_ratio * len(body):
            raise TooLarge(f"the body inflates more than {max_ratio}:1")
        pieces.append(piece)
    return b"".join(pieces)


def _inflated(rest: bytes, encoding: str) -> Generator[bytes]:
    """Yields the output of all the streams of a body."""
    for _ in range(MAX_STREAMS):
        try:
            rest = yield from _DECODERS[encoding](rest)
        except (zlib.error, zstd.ZstdError) as error:
            raise Malformed(f"the {encoding} stream is corrupt: {error}") from None
        except EOFError:
            raise Malformed(f"the {encoding} stream is truncated") from None
        if not rest:
            return
        if encoding == "deflate":
            raise Malformed(f"{len(rest)} bytes follow the deflate stream")
    raise Malformed(f"the body has more than {MAX_STREAMS} {encoding} streams")


def _zlib(data: bytes, window_bits: int) -> Pieces:
    stream = zlib.decompressobj(wbits=window_bits)
    while not stream.eof:
        piece = stream.decompress(data, _STEP)
        data = stream.unconsumed_tail
        if not piece and not data and not stream.eof:
            raise EOFError
        yield piece
    return stream.unused_data


def _gzip(data: bytes) -> Pieces:
    return _zlib(data, zlib.MAX_WBITS | 16)


def _deflate(data: bytes) -> Pieces:
    return _zlib(data, zlib.MAX_WBITS)


def _zstd(data: bytes) -> Pieces:
    window = {int(zstd.DecompressionParameter.window_log_max): ZSTD_WINDOW_LOG}
    stream = zstd.ZstdDecompressor(options=window)
    while not stream.eof:
        piece = stream.decompress(data, _STEP)
        data = b""
        if not piece and stream.needs_input and not stream.eof:
            raise EOFError
        yield piece
    return stream.unused_data


_DECODERS: Mapping[str, Callable[[bytes], Pieces]] = {
    "gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}
