"""Work for a sink in a process of its own, so that its Python and that of the doors run on two cores.

The process gets compressed records and gives back bytes; it opens nothing and keeps nothing but what it
remembers of earlier spans, so when it dies nothing is lost: what it had begun fails, is made again in the
next one, and a span that kills it each time is found and set aside as any other that cannot be taken.
It is started anew, never forked: forks of a process with chDB open hang.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from spantally_processor import interpreter
from spantally_processor.errors import TransientSinkError
from spantally_processor.making import Making
from spantally_processor.sinks import B, P

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from spantally_processor.making import Made, Work
    from spantally_processor.sinks import Maker

A = TypeVar("A")
T = TypeVar("T")


class InOwnProcess(Generic[B, P]):
    """A workshop in a child process, which ends with this one and is replaced when it dies."""

    def __init__(self, maker: Maker[B, P]) -> None:
        """Starts the process; `maker` is pickled."""
        self._lock = threading.Lock()
        self._maker = pickle.dumps(maker)
        self._start()

    def submit(self, work: Work) -> Future[Made[P]]:
        """See `Workshop`. The future fails with BrokenProcessPool when the process dies meanwhile.

        Raises TransientSinkError when the process cannot be started.
        """
        with self._lock:
            try:
                self._begun.result()
                return self._pool.submit(_make, work)
            except BrokenProcessPool:
                self._start()
            try:
                self._begun.result()
                return self._pool.submit(_make, work)
            except BrokenProcessPool as error:
                raise TransientSinkError(
                    f"the process that prices does not start: {error}"
                ) from error

    def use(self, maker: Maker[B, P]) -> None:
        """See `Workshop`. What was submitted is still made as before, in the process that then ends."""
        with self._lock:
            self._maker = pickle.dumps(maker)
            self._pool.shutdown(wait=False)
            self._start()

    def close(self) -> None:
        """See `Workshop`."""
        with self._lock:
            self._pool.shutdown(cancel_futures=True)

    def _start(self) -> None:
        self._pool = ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._maker,),
        )
        self._begun = self._pool.submit(os.getpid)


def once(function: Callable[[A], T], argument: A) -> T:
    """Returns what a function returns, from a process that then ends, and its memory with it.

    Both are pickled. Raises BrokenProcessPool when the process dies.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=_belong_to_parent) as pool:
        return pool.submit(function, argument).result()


_making: Making[Any, Any]


def _begin(maker: bytes) -> None:
    global _making  # noqa: PLW0603 - what a process pool offers for state
    _belong_to_parent()
    interpreter.tune()
    _making = Making(pickle.loads(maker))  # noqa: S301 - from our own parent


def _belong_to_parent() -> None:
    # The parent drains after these signals, which a terminal or an init system sends to both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _make(work: Work) -> Made[Any]:
    return _making.made(work)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(0)
