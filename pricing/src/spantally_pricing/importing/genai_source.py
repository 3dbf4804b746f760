"""What is read of genai-prices' objects, and nothing else of it.

They are the package's own classes; these protocols are the part of them that an import relies on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Match(Protocol):
    """An expression over model names."""

    def is_match(self, text: str) -> bool:
        """Whether the (lower-case) name is meant."""
        ...


class Conditional(Protocol):
    """A price and since or at when it holds."""

    @property
    def prices(self) -> object:
        """Rates as attributes."""
        ...

    @property
    def constraint(self) -> object:
        """None, an object with `start_date`, or one with `start_time` and `end_time`."""
        ...


class Variant(Conditional, Protocol):
    """A price in a context."""

    @property
    def when(self) -> Mapping[str, str]:
        """Context key to value."""
        ...


class Model(Protocol):
    """One model of a provider."""

    id: str
    match: Match
    price_comments: str | None

    @property
    def prices(self) -> object:
        """One price, or a list of conditional ones."""
        ...

    @property
    def price_variants(self) -> Sequence[Variant] | None:
        """Prices in contexts."""
        ...


class Provider(Protocol):
    """One provider."""

    id: str

    @property
    def models(self) -> Sequence[Model]:
        """In matching order: the first match wins."""
        ...
