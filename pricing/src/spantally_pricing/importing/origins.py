"""Which provider of ours is called what by the sources, and what heads its rate file.

`openai` and `anthropic` are written by hand in full, so that no file is made for them; they are here to be
compared. Left out are catalogues whose name no telemetry is likely to carry in `gen_ai.provider.name`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Origin:
    """One provider of ours."""

    source: str
    """The page that the provider publishes its prices on."""
    names: tuple[str, ...] = ()
    """Other names that telemetry uses for it."""
    normalise: tuple[str, ...] = ()
    """Ways to decorate a name, after its own name as a prefix, which every provider has."""
    genai: str = ""
    """Its id in genai-prices."""
    litellm: tuple[str, ...] = ()
    """What LiteLLM's map calls it in `litellm_provider`."""
    prefixes: tuple[str, ...] = ()
    """What LiteLLM's map puts before the provider's own model ids."""
    inclusive: bool = False
    """A long-context rate begins at the bound itself, not above it."""
    searches: bool = True
    """LiteLLM's search fee is the provider's; where it is not, searches have no rate."""
    trust_litellm: tuple[str, ...] = ()
    """Beginnings of ids for which LiteLLM's map wins where the two differ."""
    profiles: tuple[str, ...] = ()
    """What may stand before an id of Claude, each at the price that genai-prices' expression gives it."""
    snapshots: tuple[str, ...] = ()
    """What may stand behind an id of Claude without changing its price."""
    without: tuple[str, ...] = ()
    """Beginnings of ids that genai-prices lists with this provider and that are another's."""
    modalities: tuple[str, ...] = ()
    """Beginnings of ids whose input has one rate: a kind of input without its own costs what text costs."""
    fees: Mapping[str, str] = field(default_factory=dict[str, str])
    """Rates that the provider's page has for every chat model and the sources have not."""
    free_writes: tuple[str, ...] = ()
    """Ends of ids whose cache writes the provider lists at 0; in the sources a 0 may mean unknown, too."""
    storage: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, "Mapping[str, str]"])
    """What cached tokens cost by the hour, which no source has: by id and the start of a row."""
    by_hand: bool = False
    """No file is made for it."""

    def has(self, name: str) -> bool:
        """Whether genai-prices' model `name` is this provider's."""
        return not name.startswith(self.without) if self.without else True


ORIGINS = {
    "anthropic": Origin(
        "https://platform.claude.com/docs/en/about-claude/pricing",
        genai="anthropic",
        litellm=("anthropic",),
        prefixes=("anthropic/",),
        by_hand=True,
    ),
    "openai": Origin(
        "https://developers.openai.com/api/docs/pricing",
        genai="openai",
        litellm=("openai", "text-completion-openai"),
        prefixes=("openai/",),
        by_hand=True,
    ),
    "alibaba": Origin(
        "https://www.alibabacloud.com/help/en/model-studio/models",
        names=("dashscope", "qwen"),
        litellm=("dashscope",),
        prefixes=("dashscope/",),
    ),
    "aws.bedrock": Origin(
        "https://aws.amazon.com/bedrock/pricing/",
        names=("aws_bedrock", "bedrock"),
        normalise=("bedrock-arn",),
        genai="aws",
        litellm=("bedrock", "bedrock_converse", "bedrock_mantle"),
        prefixes=("bedrock_mantle/", "bedrock/"),
        profiles=("apac.", "au.", "eu.", "global.", "in.", "jp.", "us."),
        searches=False,
        # `…-NovaPro-cache-write-input-token-count` and those of its siblings are $0.00 in AWS's list,
        # https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonBedrock/current/us-east-1/index.json,
        # as others read it on 2026-07-05, -07, 2026-08-27 and 2026-09-23. Written tokens are not input besides:
        # https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html, read 2026-11-28.
        free_writes=tuple(
            f"amazon.nova-{each}-v1:0" for each in ("pro", "lite", "micro", "premier", "2-lite")
        ),
        trust_litellm=(
            "us-gov.",
            "eu.meta.",
            "eu.amazon.",
            "apac.amazon.",
            "jp.amazon.",
            "us.amazon.",
        ),
    ),
    "azure.ai.inference": Origin(
        "https://azure.microsoft.com/pricing/details/ai-foundry/",
        names=("azure_ai",),
        snapshots=("-{yyyymmdd}",),
        litellm=("azure_ai",),
        prefixes=("azure_ai/",),
    ),
    "azure.ai.openai": Origin(
        "https://azure.microsoft.com/pricing/details/cognitive-services/openai-service/",
        names=("azure", "azure_openai"),
        genai="azure",
        litellm=("azure", "azure_text"),
        prefixes=("azure/",),
        trust_litellm=("us/", "eu/"),
    ),
    "cerebras": Origin(
        "https://www.cerebras.ai/pricing",
        genai="cerebras",
        litellm=("cerebras",),
        prefixes=("cerebras/",),
    ),
    "cohere": Origin(
        "https://cohere.com/pricing",
        genai="cohere",
        litellm=("cohere", "cohere_chat"),
        prefixes=("cohere/",),
    ),
    "deepseek": Origin(
        "https://api-docs.deepseek.com/quick_start/pricing",
        genai="deepseek",
        litellm=("deepseek",),
        prefixes=("deepseek/",),
    ),
    "fireworks": Origin(
        "https://fireworks.ai/pricing",
        names=("fireworks_ai",),
        genai="fireworks",
        litellm=("fireworks_ai", "fireworks_ai-embedding-models"),
        prefixes=("fireworks_ai/",),
    ),
    "gcp.gemini": Origin(
        "https://ai.google.dev/gemini-api/docs/pricing",
        names=("gcp.gen_ai", "gemini", "google"),
        normalise=("resource-path",),
        genai="google",
        without=("claude", "gemma-4-26b-a4b-it-maas"),
        modalities=("gemini-",),
        litellm=("gemini",),
        prefixes=("gemini/",),
        # As copies of the page have it: of spring 2026 for 3 and 3.1, of 2026-10-01 for the others.
        storage={
            "gemini-3-flash-preview": {"": "1"},
            "gemini-3.1-flash-lite": {"": "1"},
            "gemini-3.1-pro-preview": {"": "4.5"},
            "gemini-3.5-flash": {"": "1"},
            "gemini-3.8-flash": {"": "0.5", "2027-01-01T00:00:00Z": "1"},
        },
    ),
    "gcp.vertex_ai": Origin(
        "https://cloud.google.com/vertex-ai/generative-ai/pricing",
        names=("vertex_ai",),
        normalise=("publisher-path", "resource-path"),
        genai="google",
        modalities=("gemini-",),
        snapshots=("@default", "@{yyyymmdd}", "-{yyyymmdd}"),
        trust_litellm=("gemini-2.0-flash", "gemini-3.8-flash-cyber"),
        litellm=(
            "vertex_ai",
            "vertex_ai-ai21_models",
            "vertex_ai-anthropic_models",
            "vertex_ai-deepseek_models",
            "vertex_ai-embedding-models",
            "vertex_ai-image-models",
            "vertex_ai-language-models",
            "vertex_ai-llama_models",
            "vertex_ai-minimax_models",
            "vertex_ai-mistral_models",
            "vertex_ai-moonshot_models",
            "vertex_ai-openai_models",
            "vertex_ai-qwen_models",
            "vertex_ai-text-models",
            "vertex_ai-video-models",
            "vertex_ai-zai_models",
        ),
        prefixes=("vertex_ai/",),
    ),
    "groq": Origin(
        "https://groq.com/pricing",
        genai="groq",
        litellm=("groq",),
        prefixes=("groq/",),
    ),
    "minimax": Origin(
        "https://platform.minimax.io/docs/guides/pricing",
        genai="minimax",
        litellm=("minimax",),
        prefixes=("minimax/",),
    ),
    "mistral_ai": Origin(
        "https://docs.mistral.ai/inference/pricing",
        names=("mistral",),
        genai="mistral",
        litellm=("mistral",),
        prefixes=("mistral/",),
    ),
    "moonshot_ai": Origin(
        "https://platform.moonshot.ai/docs/pricing/chat",
        names=("moonshot", "moonshotai"),
        genai="moonshotai",
        litellm=("moonshot",),
        prefixes=("moonshot/",),
    ),
    "openrouter": Origin("https://openrouter.ai/models", genai="openrouter"),
    "perplexity": Origin(
        "https://docs.perplexity.ai/getting-started/pricing",
        trust_litellm=("sonar",),
        genai="perplexity",
        litellm=("perplexity",),
        prefixes=("perplexity/",),
    ),
    "together": Origin(
        "https://www.together.ai/pricing",
        names=("together_ai",),
        normalise=("lower-case",),
        genai="together",
        litellm=("together_ai",),
        prefixes=("together_ai/",),
    ),
    "voyage": Origin(
        "https://docs.voyageai.com/docs/pricing",
        names=("voyageai",),
        genai="voyageai",
        litellm=("voyage",),
        prefixes=("voyage/",),
    ),
    "x_ai": Origin(
        "https://docs.x.ai/developers/pricing",
        names=("x-ai", "xai"),
        genai="x-ai",
        litellm=("xai",),
        prefixes=("xai/",),
        inclusive=True,
        fees={
            "web_search": "5",
            "x_search": "5",
            "code_interpreter": "5",
            "attachment_search": "10",
            "file_search": "2.5",
        },
    ),
    "z_ai": Origin(
        "https://docs.z.ai/guides/overview/pricing",
        names=("zai",),
        genai="zai",
        litellm=("zai",),
        prefixes=("zai/",),
    ),
}

VERTEX_PLACES = [
    *("africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2"),
    *("asia-northeast3", "asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2"),
    *("australia-southeast1", "australia-southeast2", "eu", "europe-central2", "europe-north1"),
    *("europe-southwest1", "europe-west1", "europe-west12", "europe-west2", "europe-west3"),
    *("europe-west4", "europe-west6", "europe-west8", "europe-west9", "me-central1"),
    *("me-central2", "me-west1", "northamerica-northeast1", "northamerica-northeast2"),
    *("southamerica-east1", "southamerica-west1", "us", "us-central1", "us-east1", "us-east4"),
    *("us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4"),
]
"""Regions and multi-regions of Vertex AI; any of them is a regional endpoint, `global` is not."""
