"""Which HTTP libraries and SDKs are installed, and which of our hooks see their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spantally.doctor._findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spantally.doctor._findings import Surroundings

HOOKS = {
    "httpx": "spantally-httpx",
    "httpx2": "spantally-httpx2",
    "requests": "spantally-requests",
    "urllib3": "spantally-urllib3",
    "aiohttp": "spantally-aiohttp",
    "botocore": "spantally-botocore",
    "aiobotocore": "spantally-aiobotocore",
    "grpcio": "spantally-grpc",
    "smithy-http": "spantally-smithy",
    "websockets": "spantally-websockets",
    "websocket-client": "spantally-websockets",
}
"""Library to the entry point that hooks it."""

UNSEEN = {
    "pycurl": "pycurl",
    "httplib2": "httplib2",
    "niquests": "niquests",
    "tornado": "Tornado's own HTTP client",
}
"""HTTP clients that no hook of ours sees."""

SDKS = (
    "openai", "anthropic", "google-genai", "mistralai", "cohere", "groq", "together", "ollama", "litellm",
    "boto3", "voyageai", "huggingface-hub", "openrouter", "perplexityai", "azure-ai-inference",
    "langchain-core", "xai-sdk", "google-cloud-aiplatform",
    "aws-sdk-bedrock-runtime",
)  # fmt: skip


def check(around: Surroundings) -> Iterator[Finding]:
    """One finding for each library, and what keeps all hooks off."""
    yield from _launcher(around)
    names = {name for name, _ in around.instrumentors()}
    for library, hook in HOOKS.items():
        if library not in around.packages:
            continue
        about = f"{library} {around.packages[library]}"
        if hook in names:
            yield Finding("hooks", Level.OK, f"{about}: LLM calls through it are seen ({hook})")
        elif hook in around.switched_off() or "*" in around.switched_off():
            yield Finding(
                "hooks", Level.FINDING, f"{about}: LLM calls through it are not seen",
                f"take {hook if hook in around.switched_off() else '*'} out of "
                "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
            )  # fmt: skip
        else:
            yield Finding(
                "hooks", Level.FINDING, f"{about}: this installation of spantally has no {hook}",
                "pip install --force-reinstall spantally",
            )  # fmt: skip
    for package, client in UNSEEN.items():
        if package in around.packages:
            yield Finding("hooks", Level.NOTE, f"LLM calls through {client} would not be seen")
    sdks = [f"{name} {around.packages[name]}" for name in SDKS if name in around.packages]
    if sdks:
        yield Finding("hooks", Level.OK, "SDKs above these libraries: " + ", ".join(sdks))


def _launcher(around: Surroundings) -> Iterator[Finding]:
    """Whether `opentelemetry-instrument` would set anything up at all."""
    for group, variable in (
        ("opentelemetry_distro", "OTEL_PYTHON_DISTRO"),
        ("opentelemetry_configurator", "OTEL_PYTHON_CONFIGURATOR"),
    ):
        found = sorted(
            {f"{name} ({package})" for g, name, package in around.entry_points if g == group}
        )
        if not found:
            yield Finding(
                "hooks", Level.FINDING, f"no {group} is installed: no span is recorded",
                "pip install 'opentelemetry-distro[otlp]'",
            )  # fmt: skip
        elif len(found) > 1 and not around.environ.get(variable):
            yield Finding(
                "hooks", Level.FINDING, f"several of {group}, of which any may win: {', '.join(found)}",
                f"name one in {variable}",
            )  # fmt: skip
    hook = ("opentelemetry_pre_instrument", "spantally")
    if hook not in {(group, name) for group, name, _ in around.entry_points}:
        yield Finding(
            "hooks", Level.FINDING, "spantally's set-up hook is not installed: calls get no tags",
            "pip install --force-reinstall spantally",
        )  # fmt: skip
