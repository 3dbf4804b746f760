"""Every number that an SDK's usage type has is read, or there is a reason; a new one has neither."""

from __future__ import annotations

import re
from typing import Any

import cohere
import pytest
from anthropic.types import Usage as AnthropicUsage
from anthropic.types.beta import BetaUsage
from google.genai.types import GenerateContentResponseUsageMetadata
from groq.types import CompletionUsage as GroqUsage
from mistralai.client.models import ConversationUsageInfo, OCRUsageInfo, UsageInfo
from openai.types import CompletionUsage
from openai.types.audio.transcription import UsageTokens
from openai.types.images_response import Usage as ImagesUsage
from openai.types.responses import Response, ResponseUsage
from openrouter.components import ChatUsage
from perplexity.types import UsageInfo as PerplexityUsage
from support.answers_at import read_at
from support.sdk_usage import filled, variations

GEMINI = "generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:generateContent"
USAGES: dict[str, tuple[str, Any]] = {
    "api.openai.com/v1/chat/completions": ("usage", CompletionUsage),
    "api.openai.com/v1/responses": ("usage", ResponseUsage),
    "us.api.openai.com/v1/responses": (
        "tool_usage",
        Response.model_fields["tool_usage"].annotation,
    ),
    "api.openai.com/v1/audio/transcriptions": ("usage", UsageTokens),
    "api.openai.com/v1/images/generations": ("usage", ImagesUsage),
    "api.anthropic.com/v1/messages": ("usage", BetaUsage),
    "api.anthropic.com/v1/messages/": ("usage", AnthropicUsage),
    GEMINI: ("usageMetadata", GenerateContentResponseUsageMetadata),
    "api.groq.com/openai/v1/chat/completions": ("usage", GroqUsage),
    "api.cohere.com/v2/chat": ("usage", cohere.Usage),
    "api.cohere.com/v2/embed": ("meta", cohere.ApiMeta),
    "api.mistral.ai/v1/chat/completions": ("usage", UsageInfo),
    "api.mistral.ai/v1/conversations": ("usage", ConversationUsageInfo),
    "api.mistral.ai/v1/ocr": ("usage_info", OCRUsageInfo),
    "api.perplexity.ai/chat/completions": ("usage", PerplexityUsage),
    "openrouter.ai/api/v1/chat/completions": ("usage", ChatUsage),
}
"""Where a usage comes from, the field that has it, and its type."""
NOT_READ = {
    r"(.*\.)?total_?[tT]oken(s|Count)$": "the sum of others",
    r"\w+_time$": "how long it took",
    r"iterations\.(fallback_)?message\.": "in the counts above them",
    r"iterations\..*ephemeral_5m": "the retention that holds without it",
    r"image_gen\..*text_tokens$|cacheTokensDetails\.": "text is what the other kinds leave",
    r"tokens\.|cached_tokens$|billed_units\.text_tokens": "Cohere: what the model saw and is not billed",
    r"doc_size_bytes": "not billed",
    r"cost\.\w+_cost$|cost_details\.": "parts of the charge that is stated",
    r"server_tool_use\w*\.tool_calls": "of all tools, those that cost nothing as well",
}


@pytest.mark.parametrize("call", USAGES)
def test_every_number_of_a_usage_is_read_or_there_is_a_reason(call: str) -> None:
    assert not_noticed(call, *USAGES[call]) == []


def test_a_number_that_no_reader_knows_is_noticed() -> None:
    class Newer(CompletionUsage):
        dream_tokens: int

    assert not_noticed("api.openai.com/v1/chat/completions", "usage", Newer) == ["dream_tokens"]


def not_noticed(call: str, field: str, kind: Any) -> list[str]:
    """The numbers that change nothing, and have no reason to."""
    usage = filled(kind)
    read = read_at(call, {field: usage}).attributes
    others = list(variations(usage))
    silent = [n for n, other in others if read_at(call, {field: other}).attributes == read]
    assert len(silent) < len(others), "the type is not seen into"
    return [name for name in silent if not any(re.match(why, name) for why in NOT_READ)]
