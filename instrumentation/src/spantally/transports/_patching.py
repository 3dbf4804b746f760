"""How a transport's hooks get into its library, and out of it again.

A library is patched when the app imports it, never imported for the sake of it. A method is patched once,
whatever other name its class goes by: `httpx2.alias_httpx()` can make one module be the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from spantally._guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import ModuleType

    Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]

_patched: dict[tuple[type | ModuleType, str], tuple[Any, LibraryInstrumentor]] = {}
"""What stood there before, and who put a hook there, by class or module and name."""


class LibraryInstrumentor(BaseInstrumentor):
    """Patches one library. Subclasses say which, and what of it."""

    package: str
    """The module whose import is waited for."""
    _active = False

    def hooks(self, module: ModuleType) -> Sequence[tuple[type | ModuleType, str, Wrapper]]:
        """Class or module, method or function of it, and the function that goes around it."""
        raise NotImplementedError

    def instrumentation_dependencies(self) -> Collection[str]:
        """None: a library that is not there is never imported."""
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        self._active = True
        wrapt.register_post_import_hook(self._patch, self.package)

    def _uninstrument(self, **kwargs: Any) -> None:
        self._active = False
        for owner, name in [key for key, (_, by) in _patched.items() if by is self]:
            setattr(owner, name, _patched.pop((owner, name))[0])

    @guarded
    def _patch(self, module: ModuleType) -> None:
        for owner, name, wrapper in self.hooks(module) if self._active else ():
            if (owner, name) not in _patched:
                original = owner.__dict__[name]
                _patched[owner, name] = original, self
                setattr(owner, name, wrapt.FunctionWrapper(original, wrapper))
