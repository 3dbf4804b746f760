"""`multiprocessing` and process pools: workers are instrumented, and each task has its caller's tags.

A forked worker keeps the instrumentation and the context of the moment; a spawned one starts as a bare
Python, since `opentelemetry-instrument` does not reach the children of the program that it runs. A pool's
workers outlive any context, so the context goes with each task.
"""

from __future__ import annotations

import multiprocessing.pool
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import util
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import wrapt
from opentelemetry import context
from opentelemetry.instrumentation import auto_instrumentation
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spantally._guard import guarded
from spantally.processes._carrier import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_CARRIER = "_spantally_carrier"
_WORKERS = ("multiprocessing.spawn", "multiprocessing.forkserver")
"""Programs that become workers; `spawnv_passfds` starts the resource tracker, too."""
_environment = Lock()
_wrap: Any = wrapt.FunctionWrapper


class Carried:
    """A task with the context that it was submitted in. It is pickled to the worker."""

    def __init__(self, function: Callable[..., Any], carrier: dict[str, str]) -> None:
        self.function = function
        self.carrier = carrier

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task in its context."""
        received = unpack(self.carrier)
        if received is None:
            return self.function(*args, **kwargs)
        token = context.attach(received)
        try:
            return self.function(*args, **kwargs)
        finally:
            context.detach(token)


class MultiprocessingInstrumentor(BaseInstrumentor):
    """Carries context and instrumentation into worker processes."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        for owner, name, wrapper in _places():
            setattr(owner, name, _wrap(vars(owner)[name], wrapper))

    def _uninstrument(self, **kwargs: Any) -> None:
        for owner, name, _ in _places():
            setattr(owner, name, cast("Any", vars(owner)[name]).__wrapped__)


def _places() -> list[tuple[Any, str, Callable[..., Any]]]:
    pool = multiprocessing.pool.Pool
    places: list[tuple[Any, str, Callable[..., Any]]] = [
        (BaseProcess, "start", _start),
        (BaseProcess, "_bootstrap", _bootstrap),
        (ProcessPoolExecutor, "submit", _submit),
        (pool, "apply_async", _submit),
        (pool, "_map_async", _submit),
        (pool, "imap", _submit),
        (pool, "imap_unordered", _submit),
        (util, "spawnv_passfds", _spawn),
    ]
    return [place for place in places if place[1] in vars(place[0])]


def _submit(
    wrapped: Callable[..., Any], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    carrier = pack()
    if not args or not carrier:
        return wrapped(*args, **kwargs)
    return wrapped(Carried(args[0], carrier), *args[1:], **kwargs)


def _start(
    wrapped: Callable[..., Any], process: BaseProcess, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    vars(process)[_CARRIER] = pack()
    try:
        return wrapped(*args, **kwargs)
    finally:
        vars(process).pop(_CARRIER, None)


def _bootstrap(
    wrapped: Callable[..., Any], process: BaseProcess, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """The whole life of a worker."""
    _attach(process)
    return wrapped(*args, **kwargs)


@guarded
def _attach(process: BaseProcess) -> None:
    received = unpack(vars(process).pop(_CARRIER, None) or {})
    if received is not None and not context.get_current():  # a forked worker has its context
        context.attach(received)


def _spawn(
    wrapped: Callable[..., Any],
    _: object,
    args: tuple[str, Sequence[Any], Any],
    kwargs: dict[str, Any],
) -> Any:
    """Start a bare Python that will be a worker: instrumented, if this process was instrumented so.

    The child takes this process's environment as it is, hence the change for a moment.
    """
    command = " ".join(map(os.fsdecode, args[1]))
    folder = _instrumentation_folder()
    if folder is None or not any(worker in command for worker in _WORKERS):
        return wrapped(*args, **kwargs)
    with _environment:
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, *([before] if before else [])])
        try:
            return wrapped(*args, **kwargs)
        finally:
            if before is None:
                del os.environ["PYTHONPATH"]
            else:
                os.environ["PYTHONPATH"] = before


@guarded
def _instrumentation_folder() -> str | None:
    """Where `opentelemetry-instrument` puts its start-up file, if it was that which started this process."""
    folder = Path(auto_instrumentation.__file__).parent
    start_up = getattr(sys.modules.get("sitecustomize"), "__file__", None)
    return str(folder) if start_up and Path(start_up).parent == folder else None
