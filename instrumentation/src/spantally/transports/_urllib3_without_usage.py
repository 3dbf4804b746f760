"""What urllib3, and requests on it, hand to the app, without the chunk of usage that we asked for.

The app gets the body decoded, whatever it says of decoding: we asked for an answer that is not compressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt

from spantally._stream_usage import UsageRemover, forget_length, without_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

    _Proxy = wrapt.ObjectProxy[Any]
else:
    _Proxy = wrapt.ObjectProxy  # wrapt 1 cannot be subscripted


def hiding_usage(tee: Any) -> Any:
    """The response that the app gets, or the file that some adapter of requests' has in its place."""
    if not hasattr(tee, "stream"):
        return FileWithoutUsage(tee)
    forget_length(tee.headers)
    return WithoutUsage(tee)


def hide_usage_in_memory(response: Any, attribute: str) -> None:
    """Take the chunk out of a body that has been read."""
    shown = without_usage(getattr(response, attribute) or b"")
    if shown:
        setattr(response, attribute, shown)


class FileWithoutUsage(_Proxy):
    """Around the tee of what can only be read."""

    _self_remover: UsageRemover
    _self_shown: bytes
    _self_ended: bool

    def __init__(self, tee: Any) -> None:
        super().__init__(tee)
        self._self_remover = UsageRemover()
        self._self_shown = b""
        self._self_ended = False

    def read(self, amt: int | None = None, *_: object, **__: object) -> bytes:
        """Read `amt` bytes, fewer only at the end; without, to the end."""
        return self._take(self.__wrapped__.read, amt, at_least=amt)

    def _take(self, read: Callable[..., bytes], amt: int | None, *, at_least: int | None) -> bytes:
        if amt is not None and amt < 0:
            amt = at_least = None
        while not self._self_ended and (at_least is None or len(self._self_shown) < at_least):
            self._pull(read(amt, decode_content=True))
        end = len(self._self_shown) if amt is None else amt
        taken, self._self_shown = self._self_shown[:end], self._self_shown[end:]
        return taken

    def _pull(self, piece: bytes) -> None:
        self._self_shown += self._self_remover.feed(piece)
        # urllib3 1.26 gives nothing, too, where what it has does not decode to a byte yet.
        if not piece and getattr(self.__wrapped__, "isclosed", _yes)():
            self._self_ended = True
            self._self_shown += self._self_remover.finish()


def _yes() -> bool:
    return True


class WithoutUsage(FileWithoutUsage):
    """Around the tee of a response."""

    _self_data: bytes | None = None

    def read1(self, amt: int | None = None, *_: object, **__: object) -> bytes:
        """Read at most `amt` bytes of what has come."""
        return self._take(self.__wrapped__.read1, amt, at_least=0 if amt == 0 else 1)

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readline(self, limit: int | None = -1) -> bytes:
        """Read a line."""
        line = b""
        while not line.endswith(b"\n") and len(line) != limit and (byte := self.read(1)):
            line += byte
        return line

    def readlines(self, hint: int = -1) -> list[bytes]:
        """Read lines: to the end, or as far as the hint goes."""
        lines: list[bytes] = []
        for line in iter(self.readline, b""):
            lines.append(line)
            if 0 < hint <= sum(map(len, lines)):
                break
        return lines

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def __iter__(self) -> Iterator[bytes]:
        methods: Any = self.__wrapped__.__class__
        return methods.__iter__(self)  # lines of what `stream` gives

    def __enter__(self) -> Self:
        self.__wrapped__.__enter__()
        return self

    def stream(self, amt: int | None = 2**16, *_: object, **__: object) -> Iterator[bytes]:
        """Read to the end, piece by piece."""
        return self._iterate(self.__wrapped__.stream(amt, decode_content=True))

    def read_chunked(self, amt: int | None = None, *_: object, **__: object) -> Iterator[bytes]:
        """Read to the end, chunk by chunk."""
        return self._iterate(self.__wrapped__.read_chunked(amt, decode_content=True))

    @property
    def data(self) -> bytes:
        """The whole body; the same at each look."""
        if self._self_data is None:
            self._self_data = self.read()
        return self._self_data

    def json(self) -> Any:
        """The whole body as JSON."""
        methods: Any = self.__wrapped__.__class__
        return methods.json(self)

    def _iterate(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        remover = self._self_remover
        if self._self_shown:
            yield self.read(len(self._self_shown))
        try:
            for piece in pieces:
                if shown := remover.feed(piece):
                    yield shown
        except GeneratorExit:
            raise
        except BaseException:
            if rest := remover.finish():
                yield rest
            raise
        if rest := remover.finish():
            yield rest
