"""Reading a call after the app has its answer: when somebody first looks at what the span says.

Mostly that is the exporter, in its own thread and for many spans in a row, which takes a third of the time that
it takes between two steps of the app. Whoever looks earlier, a span processor say, finds the same. Until then
the call's bodies stay in memory: a few megabytes in a process, and what is beyond them is read at once.

An exporter that encodes hundreds of spans holds the interpreter's lock, for which the app waits five
milliseconds each time it wants to go on. So who reads in another thread than the call's rests now and then.
"""

from __future__ import annotations

import os
from collections import deque
from functools import partial
from itertools import count
from threading import Lock, get_ident
from time import sleep
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Span

from spantally import _wire
from spantally._span_attributes import has_room, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally.apis import Attributes

MAX_UNREAD_BYTES = 4 * 1024 * 1024
"""What unread calls may take in a process."""

_MOST_ATTRIBUTES = 64
"""More than are ever added as a call ends."""

_AT_ONCE, _REST_S = 4, 0.0005
"""Calls that are read in another thread without a rest, and the rest: long enough for the app to wake up."""

_SDK_IS_KNOWN = "_readable_span" in getattr(getattr(Span.end, "__code__", None), "co_names", ())
"""Whether the SDK (1.40 to 1.45) gives to its processors what `_readable_span` makes of a span."""


class _Room:
    """How many bytes may still be kept. What comes back is noted without a lock: finalizers bring it."""

    def __init__(self) -> None:
        self._free = MAX_UNREAD_BYTES
        self._returned = deque[int]()
        self.unlock()

    def unlock(self) -> None:
        """In a child process: another thread may have held the lock, which is not in it."""
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Whether there was room for so much, which is then taken."""
        with self._lock:
            while self._returned:
                self._free += self._returned.popleft()
            fits = size <= self._free
            if fits:
                self._free -= size
        return fits

    def give_back(self, size: int) -> None:
        """What was taken is free again."""
        self._returned.append(size)


_room = _Room()
_looks = count(1)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_room.unlock)


class Unread:
    """The end of a call, to be read once.

    Args:
        read: Reads it, and raises nothing.
        size: Bytes of memory that `read` holds on to.
    """

    def __init__(self, read: Callable[[], Attributes], size: int) -> None:
        self._read: Callable[[], Attributes] | None = read
        self._attributes: Attributes = {}
        self._size = size
        self._holds_room = False
        self._thread = get_ident()
        self._lock = Lock()

    def may_wait(self) -> bool:
        """Whether there is room to read it later, which is kept until then."""
        self._holds_room = _room.take(self._size)
        return self._holds_room

    def let_others_go_on(self) -> None:
        """Rest, if this is not the call's thread and it is time to."""
        if get_ident() != self._thread and next(_looks) % _AT_ONCE == 0:
            sleep(_REST_S)

    def attributes(self) -> Attributes:
        """What it says."""
        with self._lock:
            if self._read is not None:
                self._attributes = self._read()
                self._read = None
                self._give_back()
        return self._attributes

    def _give_back(self) -> None:
        if self._holds_room:
            self._holds_room = False
            _room.give_back(self._size)

    def __del__(self) -> None:
        self._give_back()


class LateSpan(ReadableSpan):
    """A span that has ended, and that is read when its attributes or its status are asked for.

    Processors and exporters ask in public or, some of them, for what is under these private names
    (opentelemetry-sdk 1.40 to 1.45).
    """

    @property
    def _attributes(self) -> Any:
        return self._complete()["_attributes"]

    @_attributes.setter
    def _attributes(self, attributes: Any) -> None:
        self._complete()["_attributes"] = attributes

    @property
    def _status(self) -> Any:
        return self._complete()["_status"]

    @_status.setter
    def _status(self, status: Any) -> None:
        self._complete()["_status"] = status

    def __getstate__(self) -> dict[str, Any]:
        """For copies: of what the call says, and not of how it is read."""
        return self._complete()

    def _complete(self) -> dict[str, Any]:
        """Everything that the span says. Two threads may do this at once: to the same effect."""
        said = vars(self)
        waiting: tuple[Unread, dict[str, object]] | None = said.get("waiting")
        if waiting is not None:
            unread, begun = waiting
            unread.let_others_go_on()
            attributes = unread.attributes()
            said["_attributes"] = begun | attributes
            if _wire.ERROR_TYPE in attributes:
                said["_status"] = trace.Status(trace.StatusCode.ERROR)
            said.pop("waiting", None)
        return said


def end_span(span: trace.Span, unread: Unread) -> None:
    """End the span of a call with what its end says, read now or later."""
    known = _SDK_IS_KNOWN and isinstance(span, Span)
    if known and has_room(span, _MOST_ATTRIBUTES) and unread.may_wait():
        _end_unread(span, unread)
        return
    attributes = unread.attributes()
    if _wire.ERROR_TYPE in attributes:
        span.set_status(trace.StatusCode.ERROR)
    put(span, attributes)
    span.end()


def _end_unread(span: Any, unread: Unread) -> None:
    span._readable_span = partial(_late, span, unread)
    try:
        span.end()
    finally:
        del span._readable_span  # which refers to the span itself


def _late(span: Any, unread: Unread) -> ReadableSpan:
    readable = Span._readable_span(span)  # pyright: ignore[reportPrivateUsage]
    readable.__class__ = LateSpan
    vars(readable)["waiting"] = (unread, span._attributes._dict)
    return readable
