"""What an object makes of itself when it is first asked for it, and keeps.

`functools.cached_property` holds a lock meanwhile, one for all objects of a class, in Python 3.11
(https://docs.python.org/3.12/library/functools.html#functools.cached_property, 2026-11). A process that is
forked while another thread has it would wait for ever: that thread is not in the child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

T = TypeVar("T")


class lazy(Generic[T]):
    """A property that is made once; by two threads at once perhaps twice, and the first one stays."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owned_by: None, owner: type) -> Self: ...
    @overload
    def __get__(self, owned_by: object, owner: type) -> T: ...
    def __get__(self, owned_by: object, owner: type) -> Self | T:
        """Asked only as long as the object has nothing of that name."""
        if owned_by is None:
            return self
        return vars(owned_by).setdefault(self._name, self._make(owned_by))
