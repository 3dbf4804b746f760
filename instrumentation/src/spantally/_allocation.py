"""Tags handed to the provider's own cost allocation, so that its invoice can be split alike. Off by default.

`SPANTALLY_PROVIDER_METADATA` names the providers that may know: OpenAI gets them as `metadata` of responses
and of stored chats, Vertex AI as `labels`, Bedrock as `requestMetadata`. What the app sets there itself
stays, and wins. Only tags of the request go, never those of the machine it runs on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spantally import env
from spantally._guard import guarded
from spantally._json import JsonObject, child
from spantally._tags import tags_in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.context import Context

    from spantally._recognise import Recognised

_MOST = 16
"""Pairs that OpenAI and Bedrock accept: https://platform.openai.com/docs/api-reference/responses (2026-11)."""

_VERTEX_MOST = 64
_NOT_IN_LABEL = re.compile(r"[^a-z0-9_-]")
_NOT_IN_BEDROCK = re.compile(r"[^a-zA-Z0-9\s:_@$#=/+,.-]")


@guarded
def body_with_tags(recognised: Recognised, context: Context) -> JsonObject | None:
    """The request's body with the tags in the provider's own field; None where it is sent as it is."""
    place, body = recognised.place, recognised.request.body
    field = _FIELDS.get((place.provider, place.endpoint.api.name))
    if field is None or not recognised.content or not is_told(place.provider):
        return None
    name, pack = field
    if place.endpoint.api.name == "openai.chat_completions" and body.get("store") is not True:
        return None  # refused by the API: a chat that is not stored has no metadata
    packed = pack(tags_in_force(context), child(body, name))
    return None if packed is None else {**body, name: packed}


def bedrock_metadata(given: Mapping[str, Any], context: Context) -> dict[str, Any] | None:
    """`requestMetadata` of a Bedrock operation with the tags; None where it stays as it is."""
    return _bedrock(tags_in_force(context), given) if is_told("aws.bedrock") else None


def is_told(provider: str) -> bool:
    """Whether tags may be handed to this provider."""
    return provider in env.items(env.SPANTALLY_PROVIDER_METADATA)


def _openai(tags: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any] | None:
    return _packed({key: value[:512] for key, value in tags.items()}, given, _MOST)


def _vertex(tags: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Labels are lower case, at most 63 characters of letters, digits, `_` and `-`."""
    labels = {_label(key): _label(value) for key, value in tags.items()}
    return _packed({key: value for key, value in labels.items() if key}, given, _VERTEX_MOST)


def _bedrock(tags: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any] | None:
    return _packed(
        {key: _NOT_IN_BEDROCK.sub("_", value)[:256] for key, value in tags.items()}, given, _MOST
    )


def _packed(tags: Mapping[str, str], given: Mapping[str, Any], most: int) -> dict[str, Any] | None:
    room = max(0, most - len(given))
    added = dict([(key, value) for key, value in tags.items() if key not in given][:room])
    return {**given, **added} if added else None


def _label(text: str) -> str:
    return _NOT_IN_LABEL.sub("_", text.lower())[:63]


_FIELDS: dict[tuple[str, str], tuple[str, Callable[..., dict[str, Any] | None]]] = {
    ("openai", "openai.responses"): ("metadata", _openai),
    ("openai", "openai.chat_completions"): ("metadata", _openai),
    ("azure.ai.openai", "openai.responses"): ("metadata", _openai),
    ("gcp.vertex_ai", "gemini.generate_content"): ("labels", _vertex),
}
