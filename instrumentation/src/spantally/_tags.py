"""The tags in force: where each came from, which wins, and what goes into baggage.

Five sources, the nearest first: `call` (headers of the LLM request itself), `explicit` (`attribute` in this
process), `baggage` and `header` (came with the request that is being served), `env` (`SPANTALLY_TAGS`). A
value that loses to another one is kept beside the winner. Tags set in this process are under a context key of
our own; they become baggage only in `propagation`, for hosts that may know them.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, unquote

from opentelemetry import baggage, context

from spantally import _wire, env
from spantally._guard import guarded
from spantally._lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context

    from spantally.apis import Attributes

FIRST_CLASS = (
    "team", "project", "feature", "workflow", "customer", "user", "environment", "task", "property", "outcome",
)  # fmt: skip

MAX_VALUE = 200
"""Characters of a tag's value."""

MAX_MEMBERS, MAX_BYTES = 64, 8192
"""What every service must pass on: https://www.w3.org/TR/baggage/#limits (2026-11)."""

MANY = 32
"""Tags that a span has room for whatever else it says: the SDK keeps 128 attributes, the latest."""

_FOREMOST = {_wire.TAG_SOURCES, *(_wire.TAG_PREFIX + key for key in FIRST_CLASS)}
_KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,62}")
_EXPLICIT = context.create_key("spantally-tags")
_HEADERS = context.create_key("spantally-header-tags")
_CALL = context.create_key("spantally-call-tags")

_log = logging.getLogger("spantally")
_warned: set[str] = set()


def clean(tags: Mapping[str, object]) -> dict[str, str]:
    """The tags that can be carried, as strings. Those that cannot are warned about once."""
    kept: dict[str, str] = {}
    for key, value in tags.items():
        name, text = (_text(key) or "").lower(), "" if value is None else _text(value)
        if not text:
            continue
        if _KEY.fullmatch(name) and len(text) <= MAX_VALUE and text.isprintable():
            kept[name] = text
        elif name not in _warned and len(_warned) < 1000:
            _warned.add(name)
            _log.warning(
                "spantally: tag %.64r was left out: a key has letters, digits, _ . - and at most 63 "
                "characters, a value is printable and has at most %d characters",
                name,
                MAX_VALUE,
            )
    return kept


@guarded
def _text(value: object) -> str:
    """A value as text; its class may raise instead."""
    return str(value).strip()


@dataclass(frozen=True)
class Explicit:
    """What this process has set: the tags, and the open blocks that they come from, the innermost last."""

    tags: Mapping[str, str]
    blocks: tuple[Mapping[str, str], ...]

    @lazy
    def attributes(self) -> Attributes:
        """The tags as span attributes, where nobody else has any; not to be changed."""
        return _attributes((("explicit", tuple(self.tags.items())),))


_NONE = Explicit({}, ())


def explicit(current: Context) -> Explicit:
    """The tags that this process has set in a context."""
    return cast("Explicit | None", current.get(_EXPLICIT)) or _NONE


def with_block(block: Mapping[str, str], current: Context) -> Context:
    """The context inside a block that sets tags."""
    outer = explicit(current)
    inside = Explicit({**outer.tags, **block}, (*outer.blocks, block))
    return context.set_value(_EXPLICIT, inside, current)


def with_blocks(blocks: tuple[Mapping[str, str], ...], current: Context) -> Context:
    """The context with the tags of these blocks, and of no other."""
    tags = {key: value for block in blocks for key, value in block.items()}
    return context.set_value(_EXPLICIT, Explicit(tags, blocks), current)


def with_tags_of(asked_in: Context, current: Context) -> Context:
    """The current context with the tags that another one had, from wherever it had them."""
    known = tags_in_force(asked_in)
    own = {key: value for key, value in explicit(current).tags.items() if key not in known}
    inside = Explicit({**own, **explicit(asked_in).tags}, ())
    for key in (_CALL, _HEADERS):
        if tags := _read(key, asked_in):
            current = context.set_value(key, {**_read(key, current), **tags}, current)
    for name, value in baggage.get_all(asked_in).items():
        if name.startswith(_wire.TAG_PREFIX):
            current = baggage.set_baggage(name, value, current)
    return context.set_value(_EXPLICIT, inside, current)


def with_call_tags(tags: Mapping[str, str], current: Context) -> Context:
    """The context of an LLM call whose own request headers name `tags`."""
    return context.set_value(_CALL, tags, current)


def with_header_tags(tags: Mapping[str, str], current: Context) -> Context:
    """The context of a served request whose headers named `tags`."""
    return context.set_value(_HEADERS, tags, current)


def tag_attributes(current: Context | None) -> Attributes:
    """The tags in force, the process's own included, as span attributes with their sources; not to change."""
    current = context.get_current() if current is None else current
    if not (
        current.get(_CALL) or current.get(_HEADERS) or _process_tags() or baggage.get_all(current)
    ):
        return explicit(current).attributes
    given = tuple((source, tuple(tags.items())) for source, tags in _by_source(current) if tags)
    return _attributes(given)


@lru_cache(maxsize=1024)
def _attributes(given: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> Attributes:
    """Tags by source, the nearest first, as attributes; a service has the same ones again and again."""
    tags: dict[str, tuple[str, str]] = {}
    lost: dict[str, list[str]] = {}
    for source, pairs in given:
        for key, value in pairs:
            winner = tags.setdefault(key, (value, source))
            if winner[0] != value:
                lost.setdefault(key, []).append(f"{source}={value}")
    attributes: Attributes = {_wire.TAG_PREFIX + key: value for key, (value, _) in tags.items()}
    if tags:
        attributes[_wire.TAG_SOURCES] = ",".join(f"{key}={tags[key][1]}" for key in tags)
    for key, losers in lost.items():
        attributes[_wire.TAG_CONFLICT_PREFIX + key] = tuple(losers)
    return attributes


def first_class(attributes: Attributes) -> Attributes:
    """What a span keeps of its tags where it has no room for all: the sources, and the first-class ones."""
    return {name: value for name, value in attributes.items() if name in _FOREMOST}


def _by_source(current: Context | None) -> list[tuple[str, Mapping[str, str]]]:
    current = context.get_current() if current is None else current
    return [
        ("call", _read(_CALL, current)),
        ("explicit", explicit(current).tags),
        ("baggage", tags_in_baggage(current)),
        ("header", _read(_HEADERS, current)),
        ("env", _process_tags()),
    ]


def tags_in_force(current: Context | None) -> dict[str, str]:
    """The tags of what is being done, without those of the process that does it; first-class ones first."""
    tags: dict[str, str] = {}
    for source, given in reversed(_by_source(current)):
        if source != "env":
            tags.update(given)
    return {key: tags[key] for key in sorted(tags, key=_rank)}


def tags_in_baggage(current: Context | None) -> dict[str, str]:
    """The tags that came as baggage."""
    members = baggage.get_all(current)
    if not members:
        return {}
    return {
        name[len(_wire.TAG_PREFIX) :]: unquote(value)
        for name, value in members.items()
        if name.startswith(_wire.TAG_PREFIX) and isinstance(value, str) and value
    }


def with_baggage(current: Context) -> Context:
    """The context to send to a host that may know the tags: they are baggage in it.

    Header tags go on as baggage too. Beyond 64 members or 8192 bytes the tags that are not first-class
    are left out first, with a warning. Values are percent-encoded by us, since OpenTelemetry Python (1.45)
    writes a space as `+` and reads a `+` of others as a space.
    """
    arrived = tags_in_baggage(current)
    tags = {**_read(_HEADERS, current), **arrived, **explicit(current).tags}
    if not tags:
        return current
    current = without_tags(current)
    others = baggage.get_all(current)
    members, size = len(others), sum(len(f"{key}={quote(str(v))},") for key, v in others.items())
    dropped: list[str] = []
    for key in sorted(tags, key=_rank):
        value = quote(tags[key], safe="!#$&'()*-./:<>?@[]^_`{|}~")
        # The SDK encodes once more: each % of ours becomes three bytes.
        member = len(f"{_wire.TAG_PREFIX}{key}={quote(value, safe='')},")
        if members + 1 > MAX_MEMBERS or size + member > MAX_BYTES:
            dropped.append(key)
            continue
        members, size = members + 1, size + member
        current = baggage.set_baggage(_wire.TAG_PREFIX + key, value, current)
    if dropped:
        env.warn_once(
            f"baggage has room for {MAX_MEMBERS} members and {MAX_BYTES} bytes; tags not passed on: "
            + ", ".join(sorted(dropped)[:10])
        )
    return current


def without_tags(current: Context) -> Context:
    """The context to send to anybody else: no tag is in its baggage."""
    for name in baggage.get_all(current):
        if name.startswith(_wire.TAG_PREFIX):
            current = baggage.remove_baggage(name, current)
    return current


def _rank(key: str) -> tuple[int, str]:
    return (FIRST_CLASS.index(key) if key in FIRST_CLASS else len(FIRST_CLASS), key)


def _read(name: str, current: Context) -> Mapping[str, str]:
    return cast("Mapping[str, str]", current.get(name) or {})


@env.cached
def _process_tags() -> dict[str, str]:
    return clean(dict(env.pairs(env.SPANTALLY_TAGS)))


def read_settings() -> None:
    """Read what is configured, so that its faults are warned about."""
    _warned.clear()
    _process_tags()
