"""What Google's Gemini APIs have in common: counts by modality, tiers, grounding.

Thoughts are beside the candidates and billed as output, results of tools are beside the prompt and billed
as input (1,459 of 1,461 recordings: the total is the sum of the four); cached tokens are in the prompt.
Grounding is billed by search query from Gemini 3 on, before that by grounded prompt. Google's protobuf
clients may ask for enumerations as numbers (`$alt=json;enum-encoding=int`).
https://ai.google.dev/api/generate-content, types of google-genai 3.4 (2026-11)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spantally import _wire
from spantally._json import JsonObject, children, count, items, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spantally.apis import Attributes, Head

_INPUT = {
    "TEXT": _wire.TEXT_INPUT,
    "IMAGE": _wire.IMAGE_INPUT,
    "VIDEO": _wire.VIDEO_INPUT,
    "AUDIO": _wire.AUDIO_INPUT,
}
_CACHED = {
    "IMAGE": _wire.IMAGE_CACHE_READ,
    "VIDEO": _wire.VIDEO_CACHE_READ,
    "AUDIO": _wire.AUDIO_CACHE_READ,
}
_OUTPUT = {
    "TEXT": _wire.TEXT_OUTPUT,
    "IMAGE": _wire.IMAGE_OUTPUT,
    "VIDEO": _wire.VIDEO_OUTPUT,
    "AUDIO": _wire.AUDIO_OUTPUT,
}

_MODALITIES = {1: "TEXT", 2: "IMAGE", 3: "VIDEO", 4: "AUDIO", 5: "DOCUMENT"}
_TRAFFIC = {
    1: "ON_DEMAND",
    2: "PROVISIONED_THROUGHPUT",
    3: "ON_DEMAND_PRIORITY",
    4: "ON_DEMAND_FLEX",
}
_REASONS = {
    1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER", 6: "BLOCKLIST",
    7: "PROHIBITED_CONTENT", 8: "SPII", 9: "MALFORMED_FUNCTION_CALL", 10: "MODEL_ARMOR",
}  # fmt: skip
"""Numbers of google.cloud.aiplatform.v1 (2.7); later ones stay numbers."""

_GENERATION = re.compile(r"gemini-(\d+)")


def read_model(name: str | None) -> str | None:
    """`models/gemini-4` is `gemini-4`."""
    return name.removeprefix("models/") if name else None


def read_usage(usage: JsonObject) -> Attributes:
    """`usageMetadata`, made inclusive."""
    prompt, tools = count(usage, "promptTokenCount"), count(usage, "toolUsePromptTokenCount")
    candidates, thoughts = count(usage, "candidatesTokenCount"), count(usage, "thoughtsTokenCount")
    counts = {
        _wire.INPUT_TOKENS: sum_of(prompt, tools),
        _wire.CACHE_READ: count(usage, "cachedContentTokenCount"),
        _wire.OUTPUT_TOKENS: sum_of(candidates, thoughts),
        _wire.REASONING: thoughts,
    }
    found: Attributes = {name: number for name, number in counts.items() if number is not None}
    sides = (
        (_INPUT, ("promptTokensDetails", "promptTokenDetails", "toolUsePromptTokensDetails")),
        (_CACHED, ("cacheTokensDetails",)),
        (_OUTPUT, ("candidatesTokensDetails", "responseTokensDetails")),
    )
    for names, keys in sides:
        details = [detail for key in keys for detail in children(usage, key)]
        found.update(by_modality(details, names, "tokenCount"))
    return found


def read_input_modalities(details: list[JsonObject]) -> Attributes:
    """Of the interactions API, which spells them otherwise."""
    return by_modality(details, _INPUT, "tokens")


def read_cached_modalities(details: list[JsonObject]) -> Attributes:
    """Likewise."""
    return by_modality(details, _CACHED, "tokens")


def read_output_modalities(details: list[JsonObject]) -> Attributes:
    """Likewise."""
    return by_modality(details, _OUTPUT, "tokens")


def by_modality(details: list[JsonObject], names: Mapping[str, str], key: str) -> Attributes:
    """Sums by modality; those that have no price of their own (documents) stay in the whole."""
    found: dict[str, int] = {}
    for detail in details:
        name = names.get(_word(detail, "modality", _MODALITIES).upper())
        tokens = count(detail, key)
        if name and tokens is not None:
            found[name] = found.get(name, 0) + tokens
    return dict(found)


def sum_of(*parts: int | None) -> int | None:
    """The sum of what was reported; None when nothing was."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def read_tier(usage: JsonObject, head: Head) -> Attributes:
    """The tier that was served: Gemini's is a word of the body or a header, Vertex AI's a kind of traffic."""
    tier = _word(usage, "trafficType", _TRAFFIC) or text(usage, "serviceTier")
    tier = tier or head.headers.get("x-gemini-service-tier")
    return {_wire.SERVICE_TIER: tier} if tier and not tier.lower().endswith("unspecified") else {}


def reason_of(candidate: JsonObject) -> str:
    """Why a candidate ended; empty while it has not."""
    return _word(candidate, "finishReason", _REASONS)


def is_billed_by_query(model: str) -> bool:
    """Whether each query of a grounding search costs, and not the prompt that was grounded."""
    generation = _GENERATION.search(model)
    return generation is None or int(generation[1]) >= 3


def merged(known: JsonObject, said: JsonObject) -> JsonObject:
    """`groundingMetadata` of several chunks: each may repeat what is known, add to it, or leave it out."""
    return {**known, **{key: value for key, value in said.items() if value}}


def read_grounding(metadata: list[JsonObject], model: str) -> Attributes:
    """Billed searches, from the `groundingMetadata` of the candidates."""
    queries = [
        query
        for one in metadata
        for key in ("webSearchQueries", "imageSearchQueries")
        for query in items(one, key)
        if query
    ]
    chunks = [chunk for one in metadata for chunk in children(one, "groundingChunks")]
    places = any("maps" in chunk for chunk in chunks)
    pages = any("web" in chunk or "image" in chunk for chunk in chunks)
    by_query = is_billed_by_query(model)
    found: Attributes = {}
    if pages or (queries and not places):
        found[_wire.WEB_SEARCHES] = max(len(queries), 1) if by_query else 1
    if places:
        # Where both tools were used, the queries are not told apart: they are the web's.
        found[_wire.MAPS_SEARCHES] = max(len(queries), 1) if by_query and not pages else 1
    return found


def _word(parent: JsonObject, key: str, words: Mapping[int, str]) -> str:
    """An enumeration's value, by name or by number."""
    number = count(parent, key)
    if number is not None:
        return words.get(number, str(number)) if number else ""
    return text(parent, key) or ""
