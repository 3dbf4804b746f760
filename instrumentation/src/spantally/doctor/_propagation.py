"""Whether tags get where they should: to the organisation's own services, and to nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally.doctor._findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally.doctor._findings import Surroundings

_INJECTING = {
    "httpx": "httpx", "httpx2": "httpx2", "requests": "requests", "urllib3": "urllib3",
    "aiohttp": "aiohttp-client", "botocore": "botocore",
}  # fmt: skip
"""HTTP library to the name of OpenTelemetry's instrumentation, which writes trace and tags into requests."""

_SERVERS = {
    "fastapi": "fastapi", "flask": "flask", "django": "django", "celery": "celery",
    "aio-pika": "aio-pika", "pika": "pika", "aiokafka": "aiokafka",
}  # fmt: skip
"""What receives requests or messages, by the name of OpenTelemetry's instrumentation of it."""


def check(around: Surroundings) -> Iterator[Finding]:
    """How tags travel in and out of this process."""
    yield from _propagators(around)
    yield from _native(around)
    on = {name for name, _ in around.instrumentors()}
    carrying = [
        library for library, name in _INJECTING.items() if name in on and library in around.packages
    ]
    silent = [
        library for library, name in _INJECTING.items()
        if name not in on and library in around.packages and library != "botocore"
        and not (library == "urllib3" and "requests" in around.packages)
    ]  # fmt: skip
    if carrying:
        yield Finding(
            "tags", Level.OK,
            f"{', '.join(carrying)}: OpenTelemetry puts trace and tags on requests; ours lets tags through to "
            "your own hosts only (SPANTALLY_INTERNAL_HOSTS), and nothing to a provider",
        )  # fmt: skip
    if silent:
        names = " ".join(
            f"opentelemetry-instrumentation-{_INJECTING[library]}" for library in silent
        )
        yield Finding(
            "tags", Level.NOTE,
            f"{', '.join(silent)}: requests carry neither trace nor tags to your own services",
            f"if services are called through it: pip install {names}",
        )  # fmt: skip
    for package, name in _SERVERS.items():
        if package in around.packages and name not in on:
            yield Finding(
                "tags", Level.FINDING,
                f"{package} {around.packages[package]}: what it receives begins a new trace without tags",
                f"pip install opentelemetry-instrumentation-{name}",
            )  # fmt: skip
    if "threading" not in on:
        yield Finding(
            "tags", Level.FINDING, "threads and thread pools lose trace and tags",
            "pip install opentelemetry-instrumentation-threading, and do not disable `threading`",
        )  # fmt: skip


def _propagators(around: Surroundings) -> Iterator[Finding]:
    if around.environ.get("OTEL_CONFIG_FILE") or around.environ.get(
        "OTEL_EXPERIMENTAL_CONFIG_FILE"
    ):
        yield Finding(
            "tags", Level.NOTE, "a configuration file decides about propagation and exporters",
            "see that its `propagator` section has tracecontext and baggage: without one nothing is passed on",
        )  # fmt: skip
        return
    listed = around.environ.get("OTEL_PROPAGATORS") or "tracecontext,baggage"
    missing = {"tracecontext", "baggage"} - {name.strip() for name in listed.split(",")}
    if missing:
        yield Finding(
            "tags", Level.FINDING,
            f"OTEL_PROPAGATORS={listed}: {' and '.join(sorted(missing))} is missing, so "
            f"{'tags' if 'baggage' in missing else 'traces'} do not travel to other services",
            "set OTEL_PROPAGATORS=tracecontext,baggage; ours keeps tags from providers all the same",
        )  # fmt: skip


def _native(around: Surroundings) -> Iterator[Finding]:
    if "anthropic" not in around.packages:
        return
    if around.is_set("ANTHROPIC_OPEN_TELEMETRY", "true", "1"):
        yield Finding(
            "others", Level.NOTE,
            "the Anthropic SDK records its own spans (ANTHROPIC_OPEN_TELEMETRY): a second span for each call, "
            "which is counted once",
            "unset it, and ours switches them off",
        )  # fmt: skip
    if around.is_set("ANTHROPIC_OPEN_TELEMETRY_PROPAGATION", "true", "1"):
        yield Finding(
            "tags", Level.NOTE,
            "the Anthropic SDK writes baggage on its requests (ANTHROPIC_OPEN_TELEMETRY_PROPAGATION); ours "
            "takes tags off again where the call goes through a hooked library, other baggage leaves",
            "unset it",
        )  # fmt: skip
