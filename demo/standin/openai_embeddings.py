"""OpenAI embeddings: POST /v1/embeddings."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import TYPE_CHECKING, Any

from standin.prompt import BadRequest
from standin.reply import Reply
from standin.tokens import count

if TYPE_CHECKING:
    from collections.abc import Mapping

API = "openai.embeddings"
DIMENSIONS = 16
"""Far fewer than a real model's; nothing here compares vectors with another model's."""


def respond(body: Mapping[str, Any]) -> Reply:
    """One vector for each input, as floats or as the base64 that the SDKs ask for."""
    texts = [body["input"]] if isinstance(body.get("input"), str) else body.get("input")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        message = "input: expected a text or a list of texts"
        raise BadRequest(message)
    tokens = sum(count(text) for text in texts)
    usage: dict[str, object] = {"prompt_tokens": tokens, "total_tokens": tokens}
    packed = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(text, packed=packed)}
        for index, text in enumerate(texts)
    ]
    answer: dict[str, object] = {"object": "list", "data": data, "model": body["model"]}
    return Reply(id="", model=body["model"], usage=usage, body={**answer, "usage": usage})


def _vector(text: str, *, packed: bool) -> str | list[float]:
    digest = hashlib.sha256(text.encode()).digest()
    numbers = [byte / 255 - 0.5 for byte in digest[:DIMENSIONS]]
    if packed:
        return base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *numbers)).decode()
    return numbers
