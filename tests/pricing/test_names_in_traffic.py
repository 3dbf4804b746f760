"""Names as calls carry them: snapshots, `-latest`, fine-tunes, ARNs, geographies, paths, gateways' prefixes.

Beside each name is what its provider's page asks for a million tokens in and out; a name that no page explains
is unpriced, whatever it is like. Rates read in 2026-11, on the pages that the rate files cite.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from spantally_pricing import Cost, RateTable, Unpriced, UnpricedReason, Usage
from support.usages import mtok

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
TOKENS = 1_000

PRICED = {
    "openai": """
        gpt-6-sol 2 10
        gpt-6-sol-2026-09-22 2 10
        openai/gpt-6-sol 2 10
        gpt-6.1-sol-2026-09-29 2 10
        gpt-6-luna 0.10 0.50
        gpt-5.4-2026-03-05 2.50 15
        gpt-5.4-pro-2026-03-05 30 180
        gpt-5.2-chat-latest 1.75 14
        gpt-5.1-codex-max 1.25 10
        gpt-5.1-codex-mini 0.25 2
        gpt-5-chat-latest 1.25 10
        gpt-5-nano-2025-08-07 0.05 0.40
        gpt-4.1-nano-2025-04-14 0.10 0.40
        gpt-4.5-preview-2025-02-27 75 150
        chatgpt-4o-latest 5 15
        gpt-4o-mini-2024-07-18 0.15 0.60
        gpt-4o-2024-05-13 5 15
        gpt-4-turbo-preview 10 30
        gpt-4-0125-preview 10 30
        gpt-4-0613 30 60
        gpt-3.5-turbo-0125 0.50 1.50
        o1-2024-12-17 15 60
        o3-mini-2025-01-31 1.10 4.40
        o3-pro-2025-06-10 20 80
        o4-mini-2025-04-16 1.10 4.40
        ft:gpt-4o-mini-2024-07-18:org::id 0.30 1.20
        ft:gpt-4o-mini-2024-07-18:my-org:suffix:AbC123 0.30 1.20
        ft:gpt-4o-mini-2024-07-18:org::id:ckpt-step-90 0.30 1.20
        openai/ft:gpt-4o-2024-08-06:org::id 3.75 15
        ft:gpt-3.5-turbo-0125:acme::8abc 3 6
        computer-use-preview-2025-03-11 3 12
    """,
    "anthropic": """
        claude-opus-5-5 4 20
        claude-opus-5-5-20260922 4 20
        anthropic/claude-opus-5-5 4 20
        claude-opus-4-1-20250805 15 75
        claude-opus-4-5-20251101 5 25
        claude-sonnet-4-0 3 15
        claude-sonnet-4-20250514 3 15
        anthropic/claude-sonnet-4-5-20250929 3 15
        claude-haiku-4-5-20251001 1 5
        claude-haiku-4-5@20251001 1 5
        claude-3-7-sonnet-latest 3 15
        claude-3-5-haiku-latest 0.80 4
        claude-3-5-sonnet-20240620 3 15
        claude-3-opus-latest 15 75
        claude-3-5-sonnet 3 15
        anthropic/claude-3-haiku 0.25 1.25
        claude-opus-4 15 75
        claude-2.1 8 24
    """,
    "aws.bedrock": """
        anthropic.claude-opus-5-5 4.40 22
        us.anthropic.claude-opus-5-5 4.40 22
        global.anthropic.claude-opus-5-5 4 20
        bedrock/us.anthropic.claude-opus-5-5 4.40 22
        eu.anthropic.claude-sonnet-4-5-20250929-v1:0 3.30 16.50
        apac.anthropic.claude-sonnet-4-20250514-v1:0 3 15
        global.anthropic.claude-haiku-4-5-20251001-v1:0 1 5
        jp.anthropic.claude-sonnet-4-5-20250929-v1:0 3.30 16.50
        us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0 3.60 18
        us-gov.xai.grok-4.7 2.64 7.92
        arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.xai.grok-4.7 2.64 7.92
        in.moonshotai.kimi-k3.1 4.40 22
        us-gov.anthropic.claude-opus-5 6 30
        us.anthropic.claude-3-5-sonnet-20241022-v2:0 3 15
        arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0 0.25 1.25
        arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5-5 4.40 22
        bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-opus-5-5 4 20
        amazon.nova-pro-v1:0 0.80 3.20
        us.amazon.nova-premier-v1:0 2.50 12.50
        meta.llama3-3-70b-instruct-v1:0 0.72 0.72
        us.meta.llama4-maverick-17b-instruct-v1:0 0.24 0.97
        us.deepseek.r1-v1:0 1.35 5.40
        openai.gpt-oss-120b-1:0 0.15 0.60
        mistral.mistral-large-2402-v1:0 4 12
    """,
    "gcp.gemini": """
        gemini-2.5-pro 1.25 10
        models/gemini-2.5-pro 1.25 10
        google/gemini-2.5-pro 1.25 10
        gemini/gemini-2.5-flash 0.30 2.50
        gemini-2.5-flash-preview-09-2025 0.30 2.50
        gemini-2.0-flash-001 0.10 0.40
        gemini-1.5-pro-002 1.25 5
        gemini-3.1-pro-preview 2 12
    """,
    "gcp.vertex_ai": """
        gemini-2.5-pro 1.25 10
        vertex_ai/gemini-2.5-pro 1.25 10
        projects/p/locations/l/publishers/meta/models/llama-4-maverick-17b-128e-instruct-maas 0.35 1.15
        publishers/deepseek-ai/models/deepseek-v3.2-maas 0.56 1.68
        publishers/mistralai/models/mistral-small-2503 0.1 0.3
        vertex_ai/mistralai/mistral-small-2503 0.1 0.3
        publishers/google/models/gemini-2.5-pro 1.25 10
        projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro 1.25 10
        projects/p/locations/global/publishers/google/models/gemini-4-hydrogen 1.50 7.50
        claude-opus-4-5@20251101 5 25
        claude-opus-4-5-20251101 5 25
        claude-sonnet-4-5@default 3 15
        publishers/anthropic/models/claude-sonnet-4-5@20250929 3 15
        claude-3-5-sonnet-v2@20241022 3 15
        meta/llama-4-maverick-17b-128e-instruct-maas 0.35 1.15
        mistral-large-2411 2 6
    """,
    "azure.ai.openai": """
        gpt-4o-2024-11-20 2.50 10
        azure/gpt-4o 2.50 10
        gpt-35-turbo 0.50 1.50
        gpt-4-32k 60 120
        gpt-4.1-mini 0.40 1.60
        gpt-5-mini-2025-08-07 0.25 2
        eu/gpt-4o-2024-08-06 2.75 11
        azure/us/gpt-realtime-1.5 4.40 17.60
        gpt-realtime-2.1-mini-2026-07-07 0.60 2.40
        grok-4 3 15
        gpt-oss-120b 0.15 0.60
        o3-mini 1.10 4.40
    """,
    "azure.ai.inference": """
        Llama-3.3-70B-Instruct 0.71 0.71
        Phi-4 0.125 0.50
        azure_ai/grok-4 3 15
        Kimi-K2.5 0.60 3
        claude-opus-5-5 4 20
        gpt-4o 2.50 10
        claude-mythos-5-1-20260901 10 50
        jais-30b-chat 3.20 9.71
    """,
    "x_ai": """
        grok-4.7 2 6
        xai/grok-4.7 2 6
        x-ai/grok-4.7 2 6
        grok-4-latest 3 15
        grok-4-0709 3 15
        grok-4-fast-non-reasoning 0.20 0.50
        grok-3-mini 0.30 0.50
        grok-2-vision-1212 2 10
    """,
    "openrouter": """
        openai/gpt-6-sol 2 10
        openrouter/openai/gpt-6-sol 2 10
        anthropic/claude-opus-5.5 4 20
        meta-llama/llama-3.3-70b-instruct:free 0 0
        qwen/qwen3-coder:free 0 0
        openai/gpt-4o-2024-11-20 2.50 10
        x-ai/grok-4.7 2 6
    """,
    "fireworks": """
        accounts/fireworks/models/kimi-k3 3 15
        fireworks_ai/accounts/fireworks/models/kimi-k3 3 15
        accounts/fireworks/models/llama-v3p3-70b-instruct 0.90 0.90
        accounts/fireworks/models/deepseek-v3p1 0.56 1.68
        fireworks_ai/accounts/fireworks/models/kimi-k3p1-pro 2 10
        accounts/fireworks/routers/deepseek-v4p1-flash-1017-ultrafast 2.40 9.60
    """,
    "together": """
        meta-llama/Llama-3.3-70B-Instruct-Turbo 0.88 0.88
        meta-llama/llama-3.3-70b-instruct-turbo 0.88 0.88
        together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo 0.88 0.88
        openai/gpt-oss-120b 0.15 0.60
        moonshotai/Kimi-K3 3 15
        EssentialAI/rnj-1-instruct 0.15 0.15
    """,
    "groq": """
        llama-3.3-70b-versatile 0.59 0.79
        groq/llama-3.3-70b-versatile 0.59 0.79
        groq/openai/gpt-oss-120b 0.15 0.60
        moonshotai/kimi-k2-instruct-0905 1 3
        qwen/qwen3-32b 0.29 0.59
    """,
    "mistral_ai": """
        mistral-large-latest 0.50 1.50
        mistral/mistral-large-2512 0.50 1.50
        mistral-medium-2508 0.40 2
        mistral-small-latest 0.15 0.60
        codestral-2508 0.30 0.90
        open-mixtral-8x22b 2 6
    """,
    "deepseek": """
        deepseek-v4-pro 0.66 1.98
        deepseek/deepseek-v4-pro 0.66 1.98
        deepseek-chat 0.15 0.60
    """,
    "cohere": """
        command-a-03-2025 2.50 10
        cohere/command-a-03-2025 2.50 10
        command-r-plus-08-2024 2.50 10
        command-r7b-12-2024 0.0375 0.15
    """,
    "moonshot_ai": "moonshot/kimi-k3 3 15",
    "z_ai": """
        GLM-4.6 0.60 2.20
        glm-4.6 0.60 2.20
        zai/glm-4.6 0.60 2.20
    """,
    "minimax": """
        MiniMax-M2 0.30 1.20
        minimax/MiniMax-M2 0.30 1.20
    """,
    "cerebras": "cerebras/gpt-oss-120b 0.35 0.75",
    "perplexity": """
        openai/gpt-6-astra 10 50
        perplexity/openai/gpt-6-astra 10 50
        perplexity/nemotron-3.5-super-120b-a12b 0.20 0.50
    """,
    "alibaba": "dashscope/qwen-flash 0.05 0.40",
}

UNPRICED = {
    "openai": """
        gpt-7 gpt-6-sol-mini gpt-6-sol-latest gpt-5.3-codex-spark GPT-6-SOL anthropic/claude-opus-5-5
        responses/gpt-6-sol ft:gpt-6-sol:org::id gpt-4o-2027-01-01 openai/openai/gpt-6-sol gpt-sol-latest
    """,
    "anthropic": """
        claude-opus-6 claude-opus-5-5-latest claude-opus-4-8-fast claude-sonnet-4.5 claude-opus-5-5-20270101
        claude-opus-latest
    """,
    "aws.bedrock": """
        anthropic.claude-opus-6 ca.anthropic.claude-opus-5-5 amazon.nova-pro-v1:0:300k
        us-gov-west-1/moonshotai.kimi-k3
        arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-opus-5-5
        arn:aws:bedrock:us-east-1:1:application-inference-profile/abcd1234
        arn:aws:bedrock:us-east-1:1:provisioned-model/abcd1234
        arn:aws:bedrock:us-east-1:1:imported-model/abcd1234
    """,
    "gcp.gemini": "gemini-9-pro tunedModels/mine-123",
    "gcp.vertex_ai": "projects/p/locations/us-east5/endpoints/1234567890 claude-opus-4-5@20270101",
    "azure.ai.openai": "my-prod-deployment gpt-4o-prod azure/my-prod-deployment",
    "openrouter": """
        openrouter/auto openai/gpt-4o:online meta-llama/llama-3.3-70b-instruct:nitro
        meta-llama/llama-3.3-70b-instruct:floor
    """,
    "fireworks": """
        accounts/acme/models/my-lora accounts/acme/deployedModels/foo-123
        accounts/fireworks/models/qwen3-8b#accounts/acme/deployments/abc
    """,
    "together": "acme/Meta-Llama-3.1-8B-Instruct-Reference-ft-abc",
    "groq": "compound-beta-9 gpt-oss-120b",
    "x_ai": "grok-9 openai/grok-4.7",
    "mistral_ai": "mistral-large-9 ft:open-mistral-7b:abc:20240801:def",
}


def listed(names: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (provider, line.strip())
        for provider, text in names.items()
        for line in text.splitlines()
        if line.strip()
    ]


@pytest.mark.parametrize(("provider", "line"), listed(PRICED))
def test_a_name_costs_what_its_page_says(table: RateTable, provider: str, line: str) -> None:
    name, low, high = line.split()
    usage = Usage({"input_tokens": TOKENS, "output_tokens": TOKENS})
    cost = table.price(usage, provider=provider, model=name, at=AT)
    assert isinstance(cost, Cost), cost
    assert (cost.amount, cost.missing) == (mtok(TOKENS, low) + mtok(TOKENS, high), ())


@pytest.mark.parametrize(
    ("provider", "name"), [(each, name) for each, text in UNPRICED.items() for name in text.split()]
)
def test_a_name_that_no_page_explains_is_unpriced(
    table: RateTable, provider: str, name: str
) -> None:
    usage = Usage({"input_tokens": TOKENS, "output_tokens": TOKENS})
    outcome = table.price(usage, provider=provider, model=name, at=AT)
    assert isinstance(outcome, Unpriced), outcome
    assert outcome.reason is UnpricedReason.UNKNOWN_MODEL


def test_tags_of_own_machines_and_routers_belong_to_no_provider_that_has_prices(
    table: RateTable,
) -> None:
    for provider, name in (("ollama", "llama3.2:3b"), ("hugging_face", "openai/gpt-oss-120b:groq")):
        outcome = table.lookup(provider, name, AT)
        assert isinstance(outcome, Unpriced)
        assert outcome.reason is UnpricedReason.UNKNOWN_PROVIDER
