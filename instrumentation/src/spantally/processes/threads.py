"""Subclasses of `threading.Thread` with a `run` of their own have the context in which they are started.

OpenTelemetry's instrumentation (0.66b1) goes around the `run` of `Thread` and `Timer`, which they replace.
"""

from __future__ import annotations

from functools import partial
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

import wrapt
from opentelemetry import context
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spantally._guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from opentelemetry.context import Context


class ThreadsInstrumentor(BaseInstrumentor):
    """Carries context into threads of any class."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        made: Any = wrapt.FunctionWrapper(vars(Thread)["start"], _start)
        Thread.start = made

    def _uninstrument(self, **kwargs: Any) -> None:
        Thread.start = vars(Thread)["start"].__wrapped__


def _start(
    wrapped: Callable[..., None], thread: Thread, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    _carry(thread)
    wrapped(*args, **kwargs)


@guarded
def _carry(thread: Thread) -> None:
    current = context.get_current()
    owner = next(kind for kind in type(thread).__mro__ if "run" in vars(kind))
    if current and owner not in (Thread, Timer) and thread.ident is None:
        vars(thread)["run"] = partial(_run, thread, vars(thread).get("run"), current)


def _run(thread: Thread, own: Callable[[], None] | None, started_in: Context) -> None:
    """Run as the thread would have by itself, from whose attributes this is gone by then."""
    if own is None:
        del vars(thread)["run"]
    else:
        vars(thread)["run"] = own
    token = context.attach(started_in)
    try:
        thread.run()
    finally:
        context.detach(token)
