"""What a request looked like, without what it said: keyed hashes, lengths, counts.

Enough to find a loop (the same request again and again), a long system prompt, a prefix that a cache would
have served; never enough to read a prompt. The key of the hashes is `SPANTALLY_HASH_KEY`, or else the API
key of the request, which the organisation keeps secret anyway; with neither there are no hashes.
"""

from __future__ import annotations

import json
import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from spantally import _wire, env

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spantally._json import JsonObject
    from spantally.apis import Attributes

_SYSTEM = ("system", "instructions", "systemInstruction", "system_instruction", "preamble")
_TOOLS = ("tools", "functions")
_INPUT = {
    "messages", "input", "contents", "content", "prompt", "inputText", "texts", "inputs", "query", "message",
    "chat_history", "requests", "instances", "documents",
}  # fmt: skip
_SYSTEM_ROLES = {"system", "developer"}
_TEXT = (
    "text", "content", "parts", "input", "arguments", "thinking", "output", "result", "message", "args",
    "response", "function", "function_call", "tool_calls", "functionCall", "functionResponse", "toolUse",
    "toolResult", "prompt", "json",
)  # fmt: skip
"""Where words are. Images, audio and files are elsewhere (`data`, `image_url`, `bytes`), and not counted."""

_WORDS = frozenset(_TEXT)
_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "xi-api-key")
_PASSING = re.compile(r"ya29\.|eyJ[\w-]+\.[\w-]+\.|(?:ASIA|AROA)")
"""Access tokens that are another one an hour later: Google's, JSON web tokens, AWS session keys."""
_AWS = re.compile(r"AWS4-HMAC-SHA256 Credential=(\w+)/")


def read_signals(body: JsonObject, content: bytes | None, headers: Mapping[str, str]) -> Attributes:
    """The signals of one request.

    Args:
        body: The request's JSON.
        content: The same, as bytes; None when it was not in memory.
        headers: Looked up by lower-case name.
    """
    secret = _api_key(headers)
    attributes: Attributes = {}
    if secret:
        attributes[_wire.KEY_FINGERPRINT] = _hash(b"key", _configured_key(), [secret.encode()])
    key = _configured_key() or secret.encode()
    messages, tools = list(_system_messages(body)), _tools(body)
    system = [*_system_texts(body), *messages]
    system_length = sum(map(len, system))
    attributes[_wire.SYSTEM_CHARS] = system_length
    attributes[_wire.INPUT_CHARS] = sum(
        [_length(value) for name, value in body.items() if name in _INPUT]
    ) - sum(map(len, messages))
    attributes[_wire.TOOL_COUNT] = sum(map(_tool_count, tools))
    packed = json.dumps(tools, separators=(",", ":")) if tools else ""
    attributes[_wire.PREFIX_CHARS] = system_length + len(packed)
    if key and content:
        attributes[_wire.BODY_HASH] = _hash(b"body", key, [content])
    if key and system:
        attributes[_wire.SYSTEM_HASH] = _hash(b"system", key, map(_bytes, system))
    if key and (system or packed):
        attributes[_wire.PREFIX_HASH] = _hash(b"prefix", key, map(_bytes, [packed, *system]))
    return attributes


def _hash(purpose: bytes, key: bytes, parts: Iterable[bytes]) -> str:
    digest = blake2b(digest_size=8, key=blake2b(key).digest()[:32] if key else b"", person=purpose)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # JSON may hold half a character


@env.cached
def _configured_key() -> bytes:
    return env.text(env.SPANTALLY_HASH_KEY).encode()


def _api_key(headers: Mapping[str, str]) -> str:
    """The credential that the request is made with, if it is a lasting one; empty otherwise."""
    for name in _KEY_HEADERS:
        value = headers.get(name)
        if value:
            signed = _AWS.match(value)
            secret = signed[1] if signed else value.removeprefix("Bearer ").strip()
            return "" if _PASSING.match(secret) else secret
    return ""


def _system_texts(body: JsonObject) -> Iterable[str]:
    for name in _SYSTEM:
        if name in body:
            yield from _texts(body[name])


def _system_messages(body: JsonObject) -> Iterable[str]:
    for name in ("messages", "input"):
        messages: Any = body.get(name)
        for message in cast("list[Any]", messages) if isinstance(messages, list) else []:
            if (
                isinstance(message, dict)
                and cast("JsonObject", message).get("role") in _SYSTEM_ROLES
            ):
                yield from _texts(cast("JsonObject", message).get("content"))


def _texts(value: Any) -> Iterable[str]:
    """Every text in a message, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _texts(item)
    elif isinstance(value, dict):
        parts = cast("JsonObject", value)
        for name in _TEXT:
            if name in parts:
                yield from _texts(parts[name])


def _length(value: Any) -> int:
    """How many characters `_texts` has."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(_length, cast("list[Any]", value)))
    if isinstance(value, dict):
        parts = cast("JsonObject", value)
        return sum([_length(part) for name, part in parts.items() if name in _WORDS])
    return 0


def _tools(body: JsonObject) -> list[Any]:
    config = body.get("toolConfig")
    inner: Any = cast("JsonObject", config).get("tools") if isinstance(config, dict) else None
    lists = [body.get(name) for name in _TOOLS] + [inner]
    return [tool for tools in lists if isinstance(tools, list) for tool in cast("list[Any]", tools)]


def _tool_count(tool: Any) -> int:
    """Gemini puts all functions into one tool."""
    declared: Any = None
    if isinstance(tool, dict):
        parts = cast("JsonObject", tool)
        declared = parts.get("functionDeclarations") or parts.get("function_declarations")
    return len(cast("list[Any]", declared)) if isinstance(declared, list) else 1
