"""Whose host a call went to, for emitters that name the client's flavour as provider, whatever it talks to.

The OpenAI SDK speaks to Azure, OpenRouter or Groq as well, Anthropic's to Bedrock and Vertex AI, Google's to
either of Google's: only `server.address` tells them apart. A host that nobody owns leaves the provider unknown.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

_OPENAI, _ANTHROPIC = "openai", "anthropic"
_GOOGLES = ("gcp.gen_ai", "gcp.gemini", "google")
_AT_AZURE = {_OPENAI: "azure.ai.openai"}
"""Foundry's hosts serve OpenAI's models and those of others, each by its own API."""
_AZURES = ("azure.ai.openai", "azure.ai.inference")
_AZURES_APART = {"us": "us-gov", "cn": "cn"}
"""By its hosts' top-level domain, the cloud that is not the commercial one and has its own price list."""
_FOUNDRY = "azure.ai.inference"
_BEDROCK = "aws.bedrock"

_OWNERS = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"(?:mtls(?:-[a-z]{2})?\.)?(?:(?P<place>[a-z]{2})\.)?api\.openai\.com", _OPENAI),
        (r"api\.anthropic\.com|aws-external-anthropic\..+\.api\.aws", _ANTHROPIC),
        (r"[^.]+\.(?:openai|cognitiveservices)\.azure\.(?:com|us|cn)", "azure.ai.openai"),
        (r"[^.]+\.services\.ai\.azure\.(?:com|us|cn)", _FOUNDRY),
        (r".+\.(?:inference|models)\.ai\.azure\.(?:com|us|cn)", _FOUNDRY),
        (
            (
                r"(?:.+\.)?bedrock-(?:runtime|mantle)(?:-fips)?"
                r"\.(?:(?P<place>(?:us-gov|eusc|cn)-[a-z-]+\d)|.+?)\.(?:vpce\.)?"
                r"(?:amazonaws\.(?:com(?:\.cn)?|eu)|api\.(?:aws|amazonwebservices\.(?:com\.cn|eu)))"
            ),
            _BEDROCK,
        ),
        (r"generativelanguage\.googleapis\.com", "gcp.gemini"),
        (r"(?:(?P<place>[a-z][a-z0-9-]*)-)?aiplatform\.googleapis\.com", "gcp.vertex_ai"),
        (r"aiplatform\.(?P<place>[a-z]{2})\.rep\.googleapis\.com", "gcp.vertex_ai"),
        (r"(?:cn-hongkong\.)?dashscope(?:-[a-z]+)?\.aliyuncs\.com", "alibaba"),
        # A workspace's own host. Plans paid by the month ("token-plan") sell no tokens.
        (
            r"(?!token-plan|coding)(?:[a-z0-9-]+\.)?[a-z0-9-]+\.maas\.(?:aliyuncs|qwencloudapi)\.com",
            "alibaba",
        ),
        (r"api\.cerebras\.ai", "cerebras"),
        (r"api\.cohere\.(?:com|ai)", "cohere"),
        (r"api\.deepseek\.com", "deepseek"),
        (r"(?:(?P<place>[a-z]{2})\.)?api\.fireworks\.ai", "fireworks"),
        (r"api\.githubcopilot\.com|api\..+\.githubcopilot\.com", "github_copilot"),
        (r"api\.groq\.com", "groq"),
        (r"router\.huggingface\.co", "huggingface"),
        (r"api(?:\.(?P<place>[a-z]{2}))?\.mistral\.ai", "mistral_ai"),
        (r"api\.minimaxi?\.(?:io|com|chat)", "minimax"),
        (r"api\.moonshot\.(?:ai|cn)", "moonshot_ai"),
        (r"(?:[a-z]{2}\.)?openrouter\.ai", "openrouter"),
        (r"api\.perplexity\.ai", "perplexity"),
        (r"api\.together\.(?:xyz|ai)", "together"),
        (r"ai-gateway\.vercel\.sh", "vercel"),
        (r"(?:(?P<place>[a-z]{2})(?:-[a-z]+-\d+)?\.)?api\.x\.ai", "x_ai"),
        (r"api\.z\.ai|open\.bigmodel\.cn", "z_ai"),
    )
)  # fmt: skip
"""Host names of the providers' own documentation (2026-11); `place` is where the data stays. Of Amazon's, only
the clouds apart from the commercial one have it: a geography is in the model's id."""


_REGION = re.compile(r"(?:^|\.)bedrock-(?:runtime|mantle)(?:-fips)?\.([a-z]+(?:-[a-z]+)+-\d+)\.")


class Whose(NamedTuple):
    """A provider, how it is known, and where it serves."""

    provider: str
    source: str
    """`host` or `unknown`; "" when the address says nothing about this provider."""
    place: str = ""


def whose(provider: str, address: str) -> Whose:
    """Returns whose a call was, by the flavour that its emitter names and the host that it went to."""
    host = host_of(address)
    if not host or provider not in (_OPENAI, _ANTHROPIC, *_GOOGLES, _BEDROCK, *_AZURES):
        return Whose(provider, "")
    owner, place = _owner_of(host)
    if owner in _AZURES:
        place = _AZURES_APART.get(host.rpartition(".")[2], "")
    if provider in (_BEDROCK, *_AZURES):
        return Whose(provider, "", place)
    if owner:
        at_azure = _AT_AZURE.get(provider, owner) if owner == _FOUNDRY else owner
        return Whose(at_azure, "host", place)
    return Whose(provider, "" if provider in _GOOGLES else "unknown")


def host_of(address: str) -> str:
    """Returns the host of what emitters write as `server.address`: a name, with a port, or a URL."""
    written = address.strip().lower()
    if "//" not in written and written.count(":") > 1:
        return written.strip("[]")  # an IPv6 address
    try:
        return urlsplit(written if "//" in written else f"//{written}").hostname or ""
    except ValueError:
        return written


def amazons_region(address: str) -> str:
    """Returns the region of Amazon's host; "" of any other."""
    found = _REGION.search(host_of(address))
    return found[1] if found else ""


@lru_cache(maxsize=1024)
def _owner_of(host: str) -> tuple[str, str]:
    for pattern, name in _OWNERS:
        if found := pattern.fullmatch(host):
            return name, found.groupdict().get("place") or ""
    return "", ""
