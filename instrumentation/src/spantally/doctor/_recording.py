"""What would keep LLM spans, or parts of them, from being recorded and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally.doctor._findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally.doctor._findings import Surroundings

_LEAST_ATTRIBUTES = 64
"""An LLM span of ours has up to some 50 attributes, tags included."""

_LEAST_LENGTH = 4096
"""The parts of a span that packs several responses are one long JSON text."""

_LIMITS = (
    ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", _LEAST_ATTRIBUTES, "attributes of an LLM span are dropped"),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", _LEAST_ATTRIBUTES, "attributes of an LLM span are dropped"),
    (
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        _LEAST_LENGTH,
        "long values are cut, and cut usage is no usage",
    ),
    (
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        _LEAST_LENGTH,
        "long values are cut, and cut usage is no usage",
    ),
    (
        "OTEL_BSP_MAX_QUEUE_SIZE",
        512,
        "a burst of spans overflows the exporter's queue, and is lost",
    ),
)


def check(around: Surroundings) -> Iterator[Finding]:
    """The SDK's own settings."""
    if around.is_set("OTEL_SDK_DISABLED", "true"):
        yield Finding(
            "recording", Level.FINDING, "OTEL_SDK_DISABLED=true: no call is recorded", "unset it"
        )
    exporters = around.environ.get("OTEL_TRACES_EXPORTER", "").strip()
    if exporters and not {"otlp", "otlp_proto_grpc", "otlp_proto_http"} & set(_names(exporters)):
        yield Finding(
            "recording", Level.FINDING, f"OTEL_TRACES_EXPORTER={exporters}: no span reaches the processor",
            "set OTEL_TRACES_EXPORTER=otlp, or unset it",
        )  # fmt: skip
    yield from _sampling(around)
    for name, least, consequence in _LIMITS:
        value = around.environ.get(name, "").strip()
        if value.isdigit() and int(value) < least:
            yield Finding(
                "recording", Level.FINDING, f"{name}={value}: {consequence}",
                f"set it to {least} or more, or unset it",
            )  # fmt: skip


def _sampling(around: Surroundings) -> Iterator[Finding]:
    sampler = around.environ.get("OTEL_TRACES_SAMPLER", "").strip()
    if sampler in {"", "always_on", "parentbased_always_on"}:
        yield Finding("recording", Level.OK, "every trace is sampled")
        return
    ratio = around.environ.get("OTEL_TRACES_SAMPLER_ARG", "")
    yield Finding(
        "recording", Level.NOTE,
        f"OTEL_TRACES_SAMPLER={sampler} {ratio}".rstrip() + ": LLM spans are recorded all the same; "
        "of traces that are sampled out they are all that arrives",
        "a Collector that samples tails has to stand behind the processor, not before it",
    )  # fmt: skip


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",")]
