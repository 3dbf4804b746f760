"""One file for each provider: its hosts, and what can be asked of them that costs money.

`PROVIDERS` is found by looking at the modules beside this one: each exposes `provider`. A provider whose
counts differ from the API that it imitates says so in its own file, by a subclass of that API's reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING
from urllib.parse import unquote

from spantally._lazy import lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spantally.apis import Api, Attributes

_PLACEHOLDER = re.compile(r"\\\{(\w+)(:path)?\\\}")


@dataclass(frozen=True)
class Endpoint:
    """A path that costs money, and the API behind it.

    Args:
        path: As after the host, without the query: `/v1/chat/completions`; `{model}` stands for one
            segment, or a part of one, `{model:path}` for any number. A colon may be sent escaped.
        api: What its bodies look like.
        method: `WEBSOCKET` for a session of frames.
        anywhere: Recognised on any host whose path ends so, if the request has the API's shape.
        retrieval: Asks again for what another call made (polling, results of a batch): it has a span only
            when it brings usage, and only the first time.
        provider: Whose prices hold, where a gateway passes calls through at the vendor's own; the
            host's owner when empty.
        free: Costs nothing: here so that no endpoint behind it takes it for its own.
    """

    path: str
    api: Api
    method: str = "POST"
    anywhere: bool = False
    retrieval: bool = False
    provider: str = ""
    free: bool = False

    def match(self, path: str, *, whole: bool) -> Mapping[str, str] | None:
        """What the placeholders stand for, unescaped; None when the path is another one.

        Args:
            path: As it was sent, escapes included.
            whole: Whether nothing may go before it.
        """
        begins = path.startswith(self._beginning) if whole else self._beginning in path
        if not begins:
            return None
        found = self._pattern.fullmatch(path)
        if found is None or (whole and found["prefix"]):
            return None
        return {name: unquote(part) for name, part in found.groupdict().items() if name != "prefix"}

    @lazy
    def _beginning(self) -> str:
        """What is sent as it stands, so that most patterns need never be compiled."""
        return re.split("[{:]", self.path, maxsplit=1)[0]

    @lazy
    def _pattern(self) -> re.Pattern[str]:
        pattern = _PLACEHOLDER.sub(_group, re.escape(self.path)).replace(":", "(?::|%3[Aa])")
        return re.compile(r"(?P<prefix>.*?)" + pattern)


def _group(placeholder: re.Match[str]) -> str:
    characters = ".+?" if placeholder[2] else "[^/]+?"
    return f"(?P<{placeholder[1]}>{characters})"


def _nothing(_: object) -> Attributes:
    return {}


@dataclass(frozen=True)
class Provider:
    """Whose hosts, and what is there.

    Args:
        name: As in `gen_ai.provider.name`.
        hosts: Regular expressions, one for each form that its host names have; port left out.
        endpoints: Tried in order.
        read_host: What the provider's own host says about price (region, data residency).
        read_path: What the placeholders of the path say about it; they win over the host.
        runs_here: A gateway that organisations run themselves: on an internal host it is one of their services,
            and gets trace and tags.
        passes_on: A gateway: any path there that ends like an API's, with a body of its shape, is a call.
    """

    name: str
    hosts: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    read_host: Callable[[str], Attributes] = field(default=_nothing)
    read_path: Callable[[Mapping[str, str]], Attributes] = field(default=_nothing)
    passes_on: bool = False
    runs_here: bool = False

    def owns_host(self, host: str) -> bool:
        """Whether this host is the provider's own."""
        return any(re.fullmatch(pattern, host) for pattern in self.hosts)


def _discover() -> tuple[Provider, ...]:
    names = sorted(module.name for module in iter_modules(__path__))
    modules = (import_module(f"{__name__}.{name}") for name in names if not name.startswith("_"))
    return tuple(module.provider for module in modules)


PROVIDERS: tuple[Provider, ...] = _discover()
