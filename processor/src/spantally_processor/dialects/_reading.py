"""Reading single attributes, for every dialect: names old and new, counts of any type, tags.

A count may come as an integer, a double or a string (OTLP/JSON, LangSmith). What is no whole
number of tokens is a fault, never a guess and never 0.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING

from spantally_processor.attribution import KEY_FINGERPRINT
from spantally_processor.model import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spantally_processor.dialects import SpanView
    from spantally_processor.otlp.values import Attributes, Value

TAG_PREFIX = "spantally.tag."
TAG_SOURCES = "spantally.tag_sources"
TAG_CONFLICT_PREFIX = "spantally.tag_conflict."

MAX_COUNT = 10**12
"""No call used a trillion of anything; a larger count is an emitter's fault."""

_MAX_SECONDS = 10**9
"""Some 30 years; the ledger's 32-bit column refuses a float of 10**39."""

_MAX_COST = Decimal(10) ** 9
_LAST_PLACE = Decimal("1e-18")


class CountFault(ValueError):
    """A count that is no whole number of at least 0."""


def text(attributes: Attributes, *names: str) -> str:
    """Returns the first of the named attributes that is there, as text; "" when none is."""
    for name in names:
        value = attributes.get(name)
        if value is not None:
            return value if isinstance(value, str) else _plain(value)
    return ""


def count(attributes: Attributes, *names: str) -> int | None:
    """Returns the first of the named counts that is there; raises CountFault."""
    for name in names:
        value = attributes.get(name)
        if value is not None:
            return count_of(name, value)
    return None


def count_of(name: str, value: Value) -> int:
    """Returns a count given as int, double or string; raises CountFault."""
    if type(value) is int and 0 <= value <= MAX_COUNT:
        return value
    number = whole(value)
    if number is None or number < 0:
        raise CountFault(f"{name} is {str(value)[:40]!r}; a whole number of at least 0 is expected")
    if number > MAX_COUNT:
        raise CountFault(f"{name} is {number}, which no call uses")
    return number


def small_int(attributes: Attributes, name: str, *, most: int) -> int:
    """Returns a number that only informs, 0 when it is absent or out of range."""
    number = whole(attributes.get(name))
    return number if number is not None and 0 <= number <= most else 0


def seconds(attributes: Attributes, name: str) -> float | None:
    """Returns a duration, None when it is absent or no sensible number."""
    value = attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _MAX_SECONDS else None


def money(attributes: Attributes, name: str) -> Decimal | None:
    """Returns an amount of USD to the 18th decimal, None when it is absent or not sensible."""
    return amount_of(attributes.get(name))


def amount_of(value: Value) -> Decimal | None:
    """The same for a value."""
    try:
        amount = Decimal(value if isinstance(value, str) else _plain(value))
    except InvalidOperation:
        return None
    sensible = amount.is_finite() and 0 <= amount < _MAX_COST
    return amount.quantize(_LAST_PLACE) if sensible else None


def is_tag(name: str) -> bool:
    """Whether `tags_of` reads an attribute of this name."""
    return name.startswith(TAG_PREFIX) or name == TAG_SOURCES


def tags_of(span: SpanView) -> Mapping[str, Tag]:
    """Returns the attribution tags; what the span says wins over what its resource says."""
    sources = _sources(text(span.attributes, TAG_SOURCES))
    tags = dict(span.resource.tags)
    for key, value in _tags(span.attributes):
        tags[key] = _tag(value, sources.get(key, ""))
    return tags


def attribution_of(
    span: SpanView,
) -> tuple[Mapping[str, Tag], Mapping[str, tuple[str, ...]]]:
    """Returns the tags, and for each the values that lost; by the configured rules where there are any."""
    said = conflicts_of(span.attributes)
    attribution = span.resource.attribution
    if not attribution:
        return tags_of(span), said
    tags, lost = attribution.decide(span.resource.service, _candidates(span))
    together = {key: (*said.get(key, ()), *lost.get(key, ())) for key in said.keys() | lost.keys()}
    return tags, together


def _candidates(span: SpanView) -> Iterable[tuple[str, Tag]]:
    sources = _sources(text(span.attributes, TAG_SOURCES))
    for key, value in _tags(span.attributes):
        yield key, _tag(value, sources.get(key, ""))
    for rule in span.resource.attribution.rules:
        attributes = span.resource.attributes if rule.source == "resource" else span.attributes
        if value := _first_text(attributes.get(rule.attribute)):
            yield rule.tag, _tag(value, rule.source)
    if api_keys := span.resource.attribution.api_keys:
        owner = api_keys.get(text(span.attributes, KEY_FINGERPRINT), {})
        yield from ((key, _tag(value, "key")) for key, value in owner.items())
    yield from span.resource.tags.items()


def _first_text(value: Value) -> str:
    """A captured header is a list with one value."""
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, str) else _plain(first)


def conflicts_of(attributes: Attributes) -> Mapping[str, tuple[str, ...]]:
    """Returns, by tag, the values that lost to it, each as `source=value`."""
    conflicts: dict[str, tuple[str, ...]] = {}
    for name in attributes:
        if name.startswith(TAG_CONFLICT_PREFIX) and isinstance(lost := attributes.get(name), tuple):
            key = name.removeprefix(TAG_CONFLICT_PREFIX)
            conflicts[key] = tuple(item for item in lost if isinstance(item, str))
    return conflicts


def resource_tags(resource: Attributes) -> Mapping[str, Tag]:
    """Returns the attribution tags of a resource; its deployment environment is one."""
    tags: dict[str, Tag] = {}
    environment = text(resource, "deployment.environment.name", "deployment.environment")
    if environment:
        tags["environment"] = Tag(environment, "resource")
    for key, value in _tags(resource):
        tags[key] = Tag(value, "resource")
    return tags


def _tags(attributes: Attributes) -> Iterable[tuple[str, str]]:
    for name in attributes:
        if name.startswith(TAG_PREFIX) and (value := text(attributes, name)):
            yield name.removeprefix(TAG_PREFIX), value


_tag = lru_cache(maxsize=4096)(Tag)
"""Few tags differ from span to span; making each anew was a tenth of reading a span."""


@lru_cache(maxsize=1024)
def _sources(packed: str) -> Mapping[str, str]:
    pairs = (item.partition("=") for item in packed.split(","))
    return {key.strip(): source.strip() for key, equals, source in pairs if equals}


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def whole(value: Value) -> int | None:
    """Returns a whole number given as int, double or string, None when it is none."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return int(value) if value.is_integer() else None
        case str():
            digits = value.removesuffix(".0")
            plain = digits.isascii() and digits.isdigit() and len(digits) <= 20
            return int(digits) if plain else None
        case _:
            return None
