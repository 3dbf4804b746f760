"""The environment variables that configure the instrumentation.

Everything else (endpoint, service name, exporters, propagators) is OpenTelemetry's own and keeps its
`OTEL_*` name. A faulty entry is named in a warning and left out; the app starts all the same.
"""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

SPANTALLY_HOSTS: Final = "SPANTALLY_HOSTS"
"""What the hosts are that are not a provider's own: `llm.corp.example=openai,gw.corp:8080=openai|anthropic`.

Host, or host:port, `*` as wildcard, then the provider whose list price applies; several providers for a
gateway that passes calls through to each by its own API. `litellm` on an internal host is a gateway of your
own: trace and tags go there. Any other name (`gpu.corp=our-cluster`) is a provider of your own, priced from
your own rate file. A call to a host that is neither a provider's own nor named here is recorded with its usage
and stays unpriced.
"""

SPANTALLY_REQUEST_STREAM_USAGE: Final = "SPANTALLY_REQUEST_STREAM_USAGE"
"""`true`: ask for the usage of chat streams where the app does not (`stream_options.include_usage`), and keep
the answer from it. Such streams are asked for uncompressed. A server that is too old to know the option
refuses the request. Without it, the usage of such streams is missing, and so is their cost."""

SPANTALLY_TAGS: Final = "SPANTALLY_TAGS"
"""Tags of everything this process does: `team=payments,environment=production`. A tag set in code or
arriving with a request wins over them; they are not sent to other services."""

SPANTALLY_HASH_KEY: Final = "SPANTALLY_HASH_KEY"
"""Secret, the same for all services: the key of the hashes of requests, system prompts and API keys.

Without it the API key of each request takes its place, so that hashes compare between services that share
one; short-lived access tokens (Google, Azure AD, AWS sessions) cannot, and there are no hashes then."""

SPANTALLY_TAG_HEADERS: Final = "SPANTALLY_TAG_HEADERS"
"""Request headers that name tags: `X-Team,X-Feature,X-Tenant-Id=customer`. They are read from requests that
the app serves and from the LLM requests that it makes (an SDK's `extra_headers`)."""

SPANTALLY_STRIP_TAG_HEADERS: Final = "SPANTALLY_STRIP_TAG_HEADERS"
"""`true`: take those headers off LLM requests before they are sent. Otherwise they go on to the provider."""

SPANTALLY_PROVIDER_METADATA: Final = "SPANTALLY_PROVIDER_METADATA"
"""Providers that are told the tags, for their own cost allocation: `openai,gcp.vertex_ai,aws.bedrock`.

Off by default: tags leave the organisation then. OpenAI, `azure.ai.openai` and Vertex AI through any HTTP
library; Bedrock through boto3 and aiobotocore."""

SPANTALLY_TRUSTED_SOURCES: Final = "SPANTALLY_TRUSTED_SOURCES"
"""Addresses and networks outside the organisation whose tags are believed: `203.0.113.0/24`; `*` for all.

Tags that come with a request are believed when its sender, and everybody that it was forwarded for, has an
internal address (`SPANTALLY_INTERNAL_HOSTS`), or none, as on a queue."""

SPANTALLY_INTERNAL_HOSTS: Final = "SPANTALLY_INTERNAL_HOSTS"
"""Hosts of your own organisation that tags may travel to: `*.corp.example,partner.example`.

Always included: loopback and private addresses, names without a dot, `*.local`, `*.localhost`,
`*.internal`, `*.svc` and `*.cluster.local`. Every other host gets no tags, and a provider never does.
"""

_log = logging.getLogger("spantally")
_warned: set[str] = set()
_forgetting: list[Callable[[], None]] = []


def pairs(name: str) -> list[tuple[str, str]]:
    """The `key=value` entries of a variable, in order; faulty ones are warned about, all at once."""
    entries = items(name)
    faulty = [entry for entry in entries if "=" not in entry.strip("=")]
    if faulty:
        warn_once(f"{name}: expected key=value, got {', '.join(map(repr, faulty))}; left out")
    split = (entry.partition("=") for entry in entries if entry not in faulty)
    return [(key.strip(), value.strip()) for key, _, value in split]


def warn_once(message: str) -> None:
    """Warn about a setting, however often it is read."""
    if message not in _warned:
        _warned.add(message)
        _log.warning("spantally: %s", message)


def text(name: str) -> str:
    """The value of a variable; empty when it is not set."""
    return os.environ.get(name, "").strip()


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """Remember what depends on configuration, until `forget`."""
    remembering = lru_cache(maxsize=4096)(function)
    _forgetting.append(remembering.cache_clear)
    return cast("Callable[P, R]", remembering)


@cached
def is_on(name: str) -> bool:
    """Whether a switch is set."""
    return os.environ.get(name, "").strip().lower() in {"true", "1", "yes", "on"}


@cached
def items(name: str) -> tuple[str, ...]:
    """The comma-separated entries of a variable."""
    return tuple(entry.strip() for entry in os.environ.get(name, "").split(",") if entry.strip())


def forget() -> None:
    """Read the environment again at the next question. For tests; an app's environment stays."""
    for clear in _forgetting:
        clear()


def forget_warnings() -> None:
    """Warn again about what was warned about. For the doctor."""
    _warned.clear()
    forget()
