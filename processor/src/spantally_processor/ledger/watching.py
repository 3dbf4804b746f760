"""Attributes and resources that note what a dialect looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally_processor.dialects import ResourceView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally_processor.otlp.values import Attributes, Value


class Watched(dict[str, "Value"]):
    """Attributes that note which of their values were looked at; which names there are is free."""

    def __init__(self, attributes: Attributes) -> None:
        super().__init__(attributes)
        self.looked_at: set[str] = set()

    def __getitem__(self, name: str) -> Value:
        self.looked_at.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Value = None) -> Value:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As of a dict, and noted."""
        self.looked_at.add(name)
        return super().get(name, default)

    def __iter__(self) -> Iterator[str]:  # overridden: a copy would pass by __getitem__ without it
        return super().__iter__()

    def items(self):
        """As of a dict; all of them were looked at."""
        self.looked_at.update(self)
        return super().items()

    def values(self):
        """As of a dict; all of them were looked at."""
        self.looked_at.update(self)
        return super().values()

    def copy(self) -> Attributes:
        """As of a dict; all of them were looked at."""
        return dict(self.items())

    def pop(self, name: str, default: Value = None) -> Value:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As of a dict, and noted."""
        self.looked_at.add(name)
        return super().pop(name, default)

    def __eq__(self, other: object) -> bool:
        self.looked_at.update(self)
        return super().__eq__(other)

    __hash__ = None


class WatchedResource(ResourceView):
    """A resource that notes whether anything but its service, tags and billing mode was looked at."""

    def __init__(self, resource: ResourceView) -> None:
        self.was_searched = False
        self.__dict__["service"] = resource.service
        self.__dict__["tags"] = resource.tags
        self.__dict__["billing_mode"] = resource.billing_mode
        self.attribution = resource.attribution
        self._resource = resource

    @property
    def attributes(self) -> Attributes:
        """The resource's attributes, which a form says nothing about."""
        self.was_searched = True
        return self._resource.attributes
