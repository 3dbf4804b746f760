"""Spans that wait in the exporter when the process is told to end.

Python dies of SIGTERM without running exit handlers, unless the app handles it; servers such as uvicorn do,
and then raise it again to die. Where nobody handles it, we export what waits first, for a few seconds at
most. A handler that the app sets takes the place of ours.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import wrapt
from opentelemetry import trace

from spantally._call import abandon_open
from spantally._guard import guarded
from spantally._tracing import has_recorded

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_PATIENCE_S = 5.0
"""Orchestrators wait 10 (Docker) or 30 (Kubernetes) seconds before they kill."""

_PATIENCE_AT_ONCE_S = 2.0
"""For `os._exit`, which an app calls to be gone."""


def flush(timeout_s: float = _PATIENCE_S, first: Callable[[], None] | None = None) -> None:
    """Export what waits, for at most as long, and before that do something else.

    In a thread: the signal may have come while this thread held a lock that the exporter needs.
    """
    force_flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if force_flush is None:
        return

    def export() -> None:
        if first is not None:
            first()
        force_flush(int(timeout_s * 1000))

    exporting = threading.Thread(target=export, name="spantally-flush", daemon=True)
    exporting.start()
    exporting.join(timeout_s)


def flush_at_end() -> None:
    """Export what is known before the process ends, by itself or, if nobody else has a use for it, by SIGTERM.

    A stream that the app holds on to, read or not, has a span that has not ended. To be called after the tracer
    provider is there: what is registered last runs first.
    """
    atexit.register(abandon_open)
    if not isinstance(os._exit, wrapt.FunctionWrapper):
        os._exit = wrapt.FunctionWrapper(os._exit, _flush_and_exit)
    unhandled = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if unhandled and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _flush_and_die)


def _flush_and_exit(
    wrapped: Callable[..., Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Forked workers end so, without exit handlers: those of multiprocessing, Celery and RQ.

    Who made no call does not wait for an exporter that may be away.
    """
    _flush_at_once()
    return wrapped(*args, **kwargs)


@guarded
def _flush_at_once() -> None:
    if has_recorded():
        flush(_PATIENCE_AT_ONCE_S, abandon_open)


def _flush_and_die(number: int, _: FrameType | None) -> None:
    try:
        flush(first=abandon_open)
    finally:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
