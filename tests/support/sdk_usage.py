"""A usage block with every field that an SDK's type has, each number another one."""

from __future__ import annotations

import typing
from enum import Enum
from itertools import count
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = count(101)


def filled(kind: Any, depth: int = 0) -> Any:
    """An example of a type: pydantic's models by the names on the wire; None for what has no number in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {
            _name_on_the_wire(name, field): filled(field.annotation, depth + 1)
            for name, field in kind.model_fields.items()
        }
        return {name: value for name, value in fields.items() if value is not None}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[1].value  # the first one of Google's is no kind
    if kind in (int, float):
        return next(_NUMBERS) + (1_000_000 if depth <= 1 else 0)  # wholes exceed their parts
    if get_origin(kind) is typing.Literal:
        return get_args(kind)[0]
    if get_origin(kind) is list:
        variants = [value for one in _variants(get_args(kind)[0]) if (value := filled(one, depth))]
        return variants or None
    found = (filled(one, depth) for one in _variants(kind) if one is not kind)
    return next((value for value in found if value is not None), None)


def variations(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The same with another number at one place, by its name; an element of a list goes by its `type`."""
    if isinstance(value, int):
        yield name, value + 7
    elif isinstance(value, (dict, list)):
        inside: Any = value
        for key, inner in inside.items() if isinstance(inside, dict) else enumerate(inside):
            step = inner.get("type", "0") if isinstance(key, int) else key
            for found, other in variations(inner, f"{name}.{step}" if name else step):
                changed = inside.copy()
                changed[key] = other
                yield found, changed


def _variants(kind: Any) -> tuple[Any, ...]:
    """What a union or an alias may be."""
    while alias := getattr(get_origin(kind) or kind, "__value__", None):
        kind = alias[get_args(kind)] if get_args(kind) else alias
    if get_origin(kind) is typing.Annotated:
        return _variants(get_args(kind)[0])
    if get_origin(kind) not in (typing.Union, UnionType):
        return (kind,) if get_origin(kind) is not dict else ()
    parts = (
        part
        for part in get_args(kind)
        if getattr(part, "__name__", "") not in {"NoneType", "Unset"}
    )
    return tuple(found for part in parts for found in _variants(part))


def _name_on_the_wire(name: str, field: Any) -> str:
    noted = (getattr(note, "alias", None) for note in field.metadata)  # Fern's
    return field.serialization_alias or field.alias or next(filter(None, noted), name)
