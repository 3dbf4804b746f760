"""What urllib3, and all that is built on it (requests, botocore), hands to the app: a response to be read.

The app may read by any of a dozen methods, decoded or as sent. The tee stands before the response, so what
the methods call inside each other is not seen twice. Whether a piece is decoded depends on an argument of
most of them, and where that is absent on the response's own `decode_content`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spantally._guard import guarded
from spantally._stream import Tee

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    from spantally._call import Call


def tee(response: Any, call: Call) -> Any:
    """The response that the app gets."""
    return (
        ResponseTee(response, call)
        if hasattr(response, "read1")
        else OldResponseTee(response, call)
    )


class OldResponseTee(Tee):
    """Around a response of urllib3 1.26."""

    _self_can_decode: bool

    def __init__(self, response: Any, call: Call) -> None:
        super().__init__(response, call)
        encodings = (response.headers.get("content-encoding") or "").lower().split(",")
        known = {"", *getattr(response, "CONTENT_DECODERS", ())}
        self._self_can_decode = all(name.strip() in known for name in encodings)

    def read(self, amt: int | None = None, *args: Any, **kwargs: Any) -> bytes:
        """Read at most `amt` bytes; without, to the end."""
        data = self._watch(self.__wrapped__.read, amt, *args, **kwargs)
        decoded = _decode_content(amt, *args, **kwargs)
        self._saw(data, decoded=decoded, last=amt is None or amt < 0)
        return data

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        count = self._watch(self.__wrapped__.readinto, buffer)
        self._saw_in(buffer, count)
        return count

    def readline(self, *args: Any) -> bytes:
        """Read a line."""
        line = self._watch(self.__wrapped__.readline, *args)
        self._saw(line)
        return line

    def readlines(self, *args: Any) -> list[bytes]:
        """Read lines: to the end, or as far as the hint goes."""
        lines = self._watch(self.__wrapped__.readlines, *args)
        self._saw(b"".join(lines), decoded=True, last=not args)  # it iterates, which decodes
        return lines

    def __next__(self) -> bytes:
        try:
            line = next(self.__wrapped__)
        except StopIteration:
            self._self_call.end()
            raise
        except BaseException as error:
            self._self_call.fail(error)
            raise
        self._saw(line)
        return line

    def __iter__(self) -> Iterator[bytes]:
        return self._iterate(iter(self.__wrapped__), decoded=True)

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """Read to the end, piece by piece."""
        decoded = _decode_content(*args, **kwargs)
        if decoded is None:
            decoded = self._stream_is_decoded()
        return self._iterate(self.__wrapped__.stream(*args, **kwargs), decoded=decoded)

    def read_chunked(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """Read to the end, chunk by chunk."""
        decoded = bool(
            _decode_content(*args, **kwargs)
        )  # not the response's own, when it is absent
        return self._iterate(self.__wrapped__.read_chunked(*args, **kwargs), decoded=decoded)

    @property
    def data(self) -> bytes:
        """The whole body; the same at each look."""
        data = self._watch(getattr, self.__wrapped__, "data")
        self._saw(data, last=True)
        return data

    def drain_conn(self) -> None:
        """Read the rest and forget it."""
        self.__wrapped__.drain_conn()
        self._self_call.end()

    def release_conn(self) -> None:
        """Give the connection back."""
        self.__wrapped__.release_conn()
        self._self_call.end()

    def close(self) -> None:
        """Close the response; the call ends with what was read."""
        try:
            self.__wrapped__.close()
        finally:
            self._self_call.end()

    def __enter__(self) -> Self:
        self.__wrapped__.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        try:
            return self.__wrapped__.__exit__(*error)
        finally:
            self._self_call.end()

    def _watch(self, read: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return read(*args, **kwargs)
        except BaseException as error:
            self._self_call.fail(error)
            raise

    def _iterate(self, pieces: Iterator[bytes], *, decoded: bool | None) -> Iterator[bytes]:
        try:
            for piece in pieces:
                self._saw(piece, decoded=decoded)
                yield piece
        except GeneratorExit:
            raise
        except BaseException as error:
            self._self_call.fail(error)
            raise
        self._self_call.end()

    @guarded
    def _stream_is_decoded(self) -> bool | None:
        """Whether `stream()` decodes by itself: it passes nothing on to `read_chunked`."""
        response = self.__wrapped__
        return False if response.chunked and response.supports_chunked_reads() else None

    @guarded
    def _saw(self, data: bytes, *, decoded: bool | None = None, last: bool = False) -> None:
        response, call = self.__wrapped__, self._self_call
        if data:
            asked = response.decode_content if decoded is None else decoded
            if asked and self._self_can_decode:
                call.feed_decoded(data)
            else:
                call.feed(data)
        # urllib3 1.26 returns nothing, too, where what it has does not decode to a byte yet.
        if last or (not data and getattr(response, "isclosed", bool)()):
            call.end()

    @guarded
    def _saw_in(self, buffer: Any, count: int) -> None:
        self._saw(bytes(memoryview(buffer)[:count]))


class ResponseTee(OldResponseTee):
    """Around a response of urllib3 2, which can do more."""

    def read1(self, amt: int | None = None, *args: Any, **kwargs: Any) -> bytes:
        """Read at most `amt` bytes, and no more than what has come already, if anything has."""
        data = self._watch(self.__wrapped__.read1, amt, *args, **kwargs)
        self._saw(data, decoded=_decode_content(amt, *args, **kwargs))
        return data

    def json(self) -> Any:
        """The whole body as JSON."""
        methods: Any = self.__wrapped__.__class__
        return methods.json(self)  # on the tee, whose `data` it takes


def _decode_content(
    amt: object = None, decode_content: bool | None = None, *_: Any, **__: Any
) -> bool | None:
    """What a caller of `read` and its like said about decoding."""
    return decode_content
