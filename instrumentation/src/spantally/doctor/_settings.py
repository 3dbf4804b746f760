"""The `SPANTALLY_*` variables: misspelt names, faulty values, tags that would be left out."""

from __future__ import annotations

import logging
from difflib import get_close_matches
from typing import TYPE_CHECKING

from spantally import _hosts, _incoming, _tags, env
from spantally.doctor._findings import Finding, Level
from spantally.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally.doctor._findings import Surroundings

_PREFIX = "SPANTALLY_"
SETTINGS = tuple(sorted(name for name in vars(env) if name.startswith(_PREFIX)))

_SWITCHES = (env.SPANTALLY_REQUEST_STREAM_USAGE, env.SPANTALLY_STRIP_TAG_HEADERS)
_SWITCHED = {"", "true", "1", "yes", "on", "false", "0", "no", "off"}


def check(around: Surroundings) -> Iterator[Finding]:
    """Our own settings, as the instrumentation would read them from this process's environment."""
    for name in sorted(around.environ):
        if name.startswith(_PREFIX) and name not in SETTINGS:
            yield _unknown(name)
    for name in _SWITCHES:
        value = around.environ.get(name, "").strip()
        if value.lower() not in _SWITCHED:
            yield Finding(
                "settings",
                Level.FINDING,
                f"{name}={value!r} counts as off",
                "set it to true or false",
            )
    for warning in _warnings():
        yield Finding(
            "settings", Level.FINDING, warning, "correct it; until then that part is left out"
        )
    yield from _metadata(around)
    if around.environ.get(env.SPANTALLY_HASH_KEY, "").strip():
        yield Finding("settings", Level.OK, "requests are hashed under SPANTALLY_HASH_KEY")
    else:
        yield Finding(
            "settings", Level.NOTE,
            "SPANTALLY_HASH_KEY is not set: hashes of requests (for loops and repeated prompts) take the API "
            "key as their key, so they do not compare between keys, and with short-lived tokens there are none",
            "set the same secret for all services",
        )  # fmt: skip


def _unknown(name: str) -> Finding:
    ends = [setting.removeprefix(_PREFIX) for setting in SETTINGS]
    near = get_close_matches(name.removeprefix(_PREFIX), ends, 1)
    if near:
        what = f"{name} is no setting"
        return Finding("settings", Level.FINDING, what, f"did you mean {_PREFIX}{near[0]}?")
    return Finding(
        "settings",
        Level.NOTE,
        f"{name} is no setting of the instrumentation (the processor has its own)",
    )


def _metadata(around: Surroundings) -> Iterator[Finding]:
    known = [provider.name for provider in PROVIDERS]
    for name in around.environ.get(env.SPANTALLY_PROVIDER_METADATA, "").split(","):
        if name.strip() and name.strip() not in known:
            near = get_close_matches(name.strip(), known, 1)
            yield Finding(
                "settings", Level.FINDING,
                f"{env.SPANTALLY_PROVIDER_METADATA}: there is no provider {name.strip()!r}",
                f"did you mean {near[0]}?" if near else "use a provider's name as spans have it",
            )  # fmt: skip


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage().removeprefix("spantally: "))


def _warnings() -> list[str]:
    """What the instrumentation would warn about as it reads its settings."""
    kept = _Kept()
    logger = logging.getLogger("spantally")
    logger.addHandler(kept)
    propagated, logger.propagate = logger.propagate, False
    try:
        env.forget_warnings()
        _hosts.configured_hosts()
        _hosts.internal_hosts()
        _incoming.read_settings()
        _tags.read_settings()
    finally:
        logger.removeHandler(kept)
        logger.propagate = propagated
    return kept.messages
