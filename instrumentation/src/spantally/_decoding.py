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


def decoder_for(encoding: str) -> Callable[[bytes], bytes] | None:
    """A function from encoded to decoded chunks, or None when this encoding cannot be undone here.

    Args:
        encoding: The `content-encoding` header; empty or `identity` for none.
    """
    if not encoding:
        return bytes
    decoders = [_decoder(name.strip().lower()) for name in encoding.split(",") if name.strip()]
    known = [decode for decode in decoders if decode is not None]
    if len(known) < len(decoders):
        return None
    known.reverse()

    def decode(chunk: bytes) -> bytes:
        for step in known:
            chunk = step(chunk)
        return chunk

    return decode if known else bytes


def _decoder(name: str) -> Callable[[bytes], bytes] | None:
    make = _DECODERS.get(name)
    return make() if make else None


def _brotli() -> Callable[[bytes], bytes] | None:
    module = _first("brotli", "brotlicffi")
    decompressor = module and module.Decompressor()
    return getattr(decompressor, "process", None) or getattr(decompressor, "decompress", None)


def _zstd() -> Callable[[bytes], bytes] | None:
    if module := _first("compression.zstd", "backports.zstd"):
        return module.ZstdDecompressor().decompress
    module = _first("zstandard")
    return module and module.ZstdDecompressor().decompressobj().decompress


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
    "gzip": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16).decompress,
    "x-gzip": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16).decompress,
    "deflate": _Deflate,
    "br": _brotli,
    "zstd": _zstd,
}
