"""What emitters call a provider, to `gen_ai.provider.name`.

A name that is not here is kept as it is: a rate file or a mapping of one's own may know it. What a model
is called never decides who served it.
"""

from __future__ import annotations

_NAMES = {
    # Values that the conventions renamed (core v1.33.0, v1.35.0, v1.37.0).
    "vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "xai": "x_ai",
    # Traceloop before its 0.50, OpenInference, LangSmith, LiteLLM, MLflow, the AI SDK.
    "aws": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "azure": "azure.ai.openai",
    "azure-openai": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "azure_openai": "azure.ai.openai",
    "fireworks_ai": "fireworks",
    "google.generative-ai": "gcp.gemini",
    "google.vertex": "gcp.vertex_ai",
    "google_genai": "gcp.gemini",
    "google_vertexai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai",
    "together_ai": "together",
    "togetherai": "together",
    "vertexai": "gcp.vertex_ai",
    "zai": "z_ai",
    # Pydantic AI, Semantic Kernel, Agent Framework, Portkey, LangChain of Traceloop; routes of LiteLLM.
    "aws_bedrock": "aws.bedrock",
    "azure.ai": "azure.ai.inference",
    "azure.ai.foundry": "azure.ai.inference",
    "azure_text": "azure.ai.openai",
    "bedrock-mantle": "aws.bedrock",
    "bedrock_mantle": "aws.bedrock",
    "codestral": "mistral_ai",
    "cohere_chat": "cohere",
    "fireworks-ai": "fireworks",
    "github-copilot": "github_copilot",
    "google-cloud": "gcp.vertex_ai",
    "google-gla": "gcp.gemini",
    "google-vertex": "gcp.vertex_ai",
    "googleai": "gcp.gemini",
    "hugging_face": "huggingface",
    "mistral-ai": "mistral_ai",
    "moonshotai": "moonshot_ai",
    "openai-decisions": "openai",
    "perplexity-ai": "perplexity",
    "text-completion-openai": "openai",
    "together-ai": "together",
    "vertex": "gcp.vertex_ai",
    "vertex-ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "voyageai": "voyage",
    "watsonx": "ibm.watsonx.ai",
    "x-ai": "x_ai",
}


def provider_name(written: str) -> str:
    """Returns the provider in the conventions' spelling."""
    lower = written.strip().lower()
    return _NAMES.get(lower, lower)
