"""Undoing a response's content encoding on our own copy, chunk by chunk.

The app's HTTP client decodes for the app; what passes our tee is still encoded. An encoding that cannot
be undone here leaves the call's usage missing; it never fails.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


_ZSTD_FRAME = b"\x28\xb5\x2f\xfd"


class _Deflate:
    """`deflate` is zlib by the standard and raw by habit: the first bytes tell."""

    def __init__(self) -> None:
        self._decompressor: Any = None

    def __call__(self, chunk: bytes) -> bytes:
        if self._decompressor is None:
            self._decompressor = zlib.decompressobj()
            try:
                return self._decompressor.decompress(chunk)
            except zlib.error:
                self._decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._decompressor.decompress(chunk)


class _Parts:
    """What is compressed in parts that follow one another: members of gzip, frames of zstd.

    Args:
        make: A decompressor for one part.
        magic: What every part begins with; anything else behind a part is padding.
    """

    def __init__(self, make: Callable[[], Any], magic: bytes) -> None:
        self._make = make
        self._magic = magic
        self._decompressor = make()

    def __call__(self, chunk: bytes) -> bytes:
        decoded = b""
        while chunk:
            if self._decompressor.eof:
                if not chunk.startswith(self._magic[: len(chunk)]):
                    break
                self._decompressor = self._make()
            decoded += self._decompressor.decompress(chunk)
            chunk = self._decompressor.unused_data if self._decompressor.eof else b""
        return decoded


def decoder_for(encoding: str) -> Callable[[bytes], bytes] | None:
    """A function from encoded to decoded chunks, or None when this encoding cannot be undone here.

    Args:
        encoding: The `content-encoding` header; empty or `identity` for none. Names that are no encoding
            (`utf-8`) are passed over, as HTTP clients do.
    """
    if not encoding:
        return bytes
    names = [name.strip().lower() for name in encoding.split(",")]
    decoders = [_DECODERS[name]() for name in names if name in _DECODERS]
    known = [decode for decode in decoders if decode is not None]
    if len(known) < len(decoders):
        return None
    known.reverse()

    def decode(chunk: bytes) -> bytes:
        for step in known:
            chunk = step(chunk)
        return chunk

    return decode if known else bytes


def _gzip() -> Callable[[bytes], bytes]:
    return _Parts(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), b"\x1f\x8b")


def _brotli() -> Callable[[bytes], bytes] | None:
    module = _first("brotli", "brotlicffi")
    decompressor = module and module.Decompressor()
    return getattr(decompressor, "process", None) or getattr(decompressor, "decompress", None)


def _zstd() -> Callable[[bytes], bytes] | None:
    if module := _first("compression.zstd", "backports.zstd"):
        return _Parts(module.ZstdDecompressor, _ZSTD_FRAME)
    module = _first("zstandard")
    return module and _Parts(lambda: module.ZstdDecompressor().decompressobj(), _ZSTD_FRAME)


def _first(*modules: str) -> Any:
    """The first of these modules that is installed: whatever the app's own client can use."""
    for module in modules:
        try:
            return import_module(module)
        except ImportError:
            continue
    return None


_DECODERS: dict[str, Callable[[], Callable[[bytes], bytes] | None]] = {
    "identity": lambda: bytes,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _Deflate,
    "br": _brotli,
    "zstd": _zstd,
}
