"""Other instrumentations of the same calls, and what it means that they are there."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from spantally.doctor._findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally.doctor._findings import Surroundings


class _Family(NamedTuple):
    begins: str
    """How names of the distributions begin."""
    name: str
    content: str = ""
    """How to keep prompts out of its spans, where it puts them there unless told."""
    remark: str = ""


_FAMILIES = (
    _Family("opentelemetry-instrumentation-genai-", "OpenTelemetry's official one"),
    _Family("openinference-instrumentation", "OpenInference",
            "OPENINFERENCE_HIDE_INPUTS=true and OPENINFERENCE_HIDE_OUTPUTS=true",
            "some of its spans have no response id; the processor compares them by their parents"),
    _Family("openlit", "OpenLIT", "openlit.init(capture_message_content=False)",
            "it wants older SDKs (openai<3, anthropic<1)"),
    _Family("langfuse", "Langfuse", "its masking function"),
    _Family("langsmith", "LangSmith", "LANGSMITH_HIDE_INPUTS=true and LANGSMITH_HIDE_OUTPUTS=true"),
    _Family("mlflow", "MLflow"),
    _Family("logfire", "Logfire"),
    _Family("xai-sdk", "xAI's SDK itself", "XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES=1",
            "XAI_SDK_DISABLE_TRACING=1 switches them off"),
    _Family("ddtrace", "Datadog"),
)  # fmt: skip

_TRACELOOP = {
    f"opentelemetry-instrumentation-{name}"
    for name in (
        "openai", "anthropic", "bedrock", "cohere", "google-generativeai", "groq", "mistralai", "ollama",
        "together", "vertexai", "watsonx", "langchain", "llamaindex", "alephalpha", "replicate", "sagemaker",
        "transformers", "openai-agents", "writer", "voyageai", "crewai",
    )
}  # fmt: skip
"""Traceloop's, although they are named like OpenTelemetry's."""

_TRACELOOPS = _Family(
    "", "Traceloop", "TRACELOOP_TRACE_CONTENT=false",
    "it writes traceparent on requests to providers; ours takes it off those to a provider's own host",
)  # fmt: skip


def check(around: Surroundings) -> Iterator[Finding]:
    """One finding for each family that is installed, and for names that two packages share."""
    packages: dict[_Family, list[str]] = defaultdict(list)
    for package in sorted(around.packages):
        family = _family_of(package)
        if family is not None:
            packages[family].append(f"{package} {around.packages[package]}")
    for family, members in packages.items():
        yield Finding(
            "others", Level.NOTE,
            f"{family.name} sees the same calls ({', '.join(members)}): more spans, and each call is still "
            f"counted once, as our hooks saw it" + (f"; {family.remark}" if family.remark else ""),
            family.content and f"it may record prompts and completions; to keep them out: {family.content}",
        )  # fmt: skip
    if "opentelemetry-instrumentation-openai-v2" in around.packages:
        yield Finding(
            "others", Level.NOTE, "opentelemetry-instrumentation-openai-v2 does not load with openai 3",
            "it is superseded by opentelemetry-instrumentation-genai-openai",
        )  # fmt: skip
    yield from _shared_names(around)
    if not packages:
        yield Finding("others", Level.OK, "no other instrumentation of LLM calls is installed")


def _family_of(package: str) -> _Family | None:
    if package in _TRACELOOP:
        return _TRACELOOPS
    return next((family for family in _FAMILIES if package.startswith(family.begins)), None)


def _shared_names(around: Surroundings) -> Iterator[Finding]:
    by_name: dict[str, set[str]] = defaultdict(set)
    for name, package in around.instrumentors():
        by_name[name].add(package)
    for name, owners in by_name.items():
        if len(owners) > 1:
            yield Finding(
                "others", Level.NOTE,
                f"{' and '.join(sorted(owners))} are all switched on under the name {name!r}",
                "keep one, if more are not wanted: "
                f"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS={name} switches all of them off",
            )  # fmt: skip
