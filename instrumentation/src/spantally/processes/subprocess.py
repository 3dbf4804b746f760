"""`subprocess.Popen`, and what is built on it: the child's environment carries the trace and the tags."""

from __future__ import annotations

import inspect
import os
import subprocess
from typing import TYPE_CHECKING, Any

import wrapt
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spantally._guard import guarded
from spantally.processes._carrier import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_ENV = list(inspect.signature(subprocess.Popen.__init__).parameters).index("env") - 1
_original: Any = subprocess.Popen.__init__


class SubprocessInstrumentor(BaseInstrumentor):
    """Carries context into child programs."""

    def instrumentation_dependencies(self) -> Collection[str]:
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        subprocess.Popen.__init__ = wrapt.FunctionWrapper(_original, _start)

    def _uninstrument(self, **kwargs: Any) -> None:
        subprocess.Popen.__init__ = _original


def _start(
    wrapped: Callable[..., None], _: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    changed = _with_environment(args, kwargs)
    args, kwargs = changed or (args, kwargs)
    wrapped(*args, **kwargs)


@guarded
def _with_environment(
    args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    carrier = pack()
    if not carrier:
        return None
    given = args[_ENV] if len(args) > _ENV else kwargs.get("env")
    env = {**(os.environ if given is None else given)}
    env.update({name.upper(): value for name, value in carrier.items()})
    if len(args) > _ENV:
        return (*args[:_ENV], env, *args[_ENV + 1 :]), kwargs
    return args, {**kwargs, "env": env}
