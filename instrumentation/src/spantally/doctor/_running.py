"""What is really in place in this process, where the doctor itself runs under `opentelemetry-instrument`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider

from spantally._guard import internal_errors
from spantally.doctor._findings import Finding, Level
from spantally.propagation import TagPropagator

if TYPE_CHECKING:
    from collections.abc import Iterator


def check() -> Iterator[Finding]:
    """The provider and the propagator that this process has."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        yield Finding(
            "hooks", Level.NOTE, "looked at from outside",
            "to look at a set-up as an app gets it: opentelemetry-instrument python -m spantally.doctor",
        )  # fmt: skip
        return
    if isinstance(propagate.get_global_textmap(), TagPropagator):
        yield Finding("tags", Level.OK, "the guard that keeps tags from strangers is in place")
    else:
        yield Finding(
            "tags", Level.FINDING, "the guard that keeps tags from strangers is not in place: tags can leak",
            "something replaced the global propagator; set OTEL_PROPAGATORS instead",
        )  # fmt: skip
    for place, times in internal_errors().items():
        yield Finding("hooks", Level.FINDING, f"{place} failed {times} times", "please report it")
