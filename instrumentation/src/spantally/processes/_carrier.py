"""The current trace and tags, packed for another process of this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opentelemetry import context, propagate

from spantally._guard import guarded
from spantally.propagation import carry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context

_FIELDS = ("traceparent", "tracestate", "baggage")


@guarded
def pack() -> dict[str, str]:
    """The headers that would go with a request; empty when there is no trace and no tag."""
    carrier: dict[str, str] = {}
    carry(carrier, context.get_current())
    return {name: value for name, value in carrier.items() if name in _FIELDS}


@guarded
def unpack(carrier: Mapping[str, str]) -> Context | None:
    """The context that was packed."""
    return propagate.extract(carrier) if carrier else None


@guarded
def attach_environment() -> None:
    """Take the context that the parent process left in the environment, for all of this process."""
    carrier = {name: os.environ.get(name.upper(), "") for name in _FIELDS}
    received = unpack({name: value for name, value in carrier.items() if value})
    if received is not None:
        context.attach(received)
