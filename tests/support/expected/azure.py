"""Azure OpenAI and AI Foundry: bodies of the vendors, and what Azure adds in headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.expected.openai import expected
from support.expected.outcome import NoCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.expected.outcome import Expected
    from support.recordings import Recording


def on_azure(api: str, provider: str) -> Callable[[Recording], Expected]:
    """The body's own counts; tier, model and region also from headers."""

    def read(recording: Recording) -> Expected:
        found = expected(recording, api, provider)
        headers = recording.response_headers
        found.tier = found.tier or headers.get("azureai-processed-tier")
        found.model = found.model or headers.get("x-ms-served-model")
        if headers.get("x-ms-is-spilled-over") == "true":
            found.tier = "spillover"
        found.also["cloud.region"] = headers.get("x-ms-region")
        deployment = recording.target.partition("/deployments/")[2].partition("/")[0]
        if deployment and "model" not in recording.request_body:
            found.also["gen_ai.request.model"] = deployment
        return found

    return read


KINDS = {
    ("azure-openai", "chat"): on_azure("openai.chat_completions", "azure.ai.openai"),
    ("azure-openai", "responses"): on_azure("openai.responses", "azure.ai.openai"),
    ("azure-openai", "completions"): on_azure("openai.completions", "azure.ai.openai"),
    ("azure-openai", "embeddings"): on_azure("openai.embeddings", "azure.ai.openai"),
    ("azure-openai", "realtime"): lambda _: NoCall("a secret for a session costs nothing"),
    ("azure-ai-inference", "chat"): on_azure("openai.chat_completions", "azure.ai.inference"),
}
