"""What a request looked like, without what it said: keyed hashes, lengths, counts.

Enough to find a loop (the same request again and again), a long system prompt, a prefix that a cache would
have served; never enough to read a prompt. The key of the hashes is `SPANTALLY_HASH_KEY`, or else the API
key of the request, which the organisation keeps secret anyway; with neither there are no hashes.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from spantally import _wire, env
from spantally._json import child, items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spantally._json import JsonObject
    from spantally.apis import Attributes

_SYSTEM = {"system", "instructions", "systemInstruction", "system_instruction", "preamble"}
_TOOLS = {"tools", "functions", "toolConfig"}
_INPUT = {
    "messages", "input", "contents", "content", "prompt", "inputText", "texts", "inputs", "query", "message",
    "chat_history", "requests", "instances", "documents",
}  # fmt: skip
_SYSTEM_ROLES = ("system", "developer")
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


def read_keys(headers: Mapping[str, str]) -> tuple[str, bytes]:
    """The fingerprint of a request's credential, if that is a lasting one, and the key of all hashes; or empty.

    Args:
        headers: Looked up by lower-case name.
    """
    return _keys(_credential(headers), _configured_key())


def read_signals(body: JsonObject, content: bytes | None, key: bytes) -> Attributes:
    """The signals of one request.

    Args:
        body: The request's JSON; empty when it is not in memory, or something else.
        content: The request's body as it is sent; None when it was not in memory.
        key: Of the hashes; empty for none.
    """
    attributes: Attributes = {}
    if key and content:
        attributes[_wire.BODY_HASH] = _hash(b"body", key, content)
    if not body:  # it was not there to be read, or is no JSON: compressed, an endpoint's own format
        return attributes
    system: list[str] = []
    tools: list[Any] = []
    input_chars = 0
    for name, value in body.items():
        if name in _INPUT:
            input_chars += _length(value)
        elif name in _SYSTEM:
            system += _texts(value)
        elif name in _TOOLS:  # an object with `tools` in it is Amazon's
            tools += items(body, name) or items(child(body, name), "tools")
    if messages := _system_messages(body):
        system += messages
        input_chars -= _length(messages)
    attributes[_wire.INPUT_CHARS] = input_chars
    return attributes | _of_prefix(system, tools, key) if system or tools else attributes


def _of_prefix(system: list[str], tools: list[Any], key: bytes) -> Attributes:
    """Of what a prompt cache could serve, where there is such a thing."""
    packed = json.dumps(tools, separators=(",", ":")) if tools else ""
    attributes: Attributes = {_wire.PREFIX_CHARS: _length(system) + len(packed)}
    if tools:
        attributes[_wire.TOOL_COUNT] = sum(map(_tool_count, tools))
    if system:
        attributes[_wire.SYSTEM_CHARS] = _length(system)
    if key:
        of_system = _hash(b"system", key, *map(_bytes, system)) if system else ""
        if of_system:
            attributes[_wire.SYSTEM_HASH] = of_system
        attributes[_wire.PREFIX_HASH] = _hash(b"prefix", key, _bytes(packed), of_system.encode())
    return attributes


def _hash(purpose: bytes, key: bytes, *parts: bytes) -> str:
    digest = _keyed(purpose, key).copy()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


@lru_cache(maxsize=256)
def _keyed(purpose: bytes, key: bytes) -> blake2b:
    """A hash with nothing in it yet; to be copied."""
    return blake2b(digest_size=8, key=blake2b(key).digest()[:32] if key else b"", person=purpose)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # JSON may hold half a character


@env.cached
def _configured_key() -> bytes:
    return env.text(env.SPANTALLY_HASH_KEY).encode()


@lru_cache(maxsize=64)
def _keys(credential: str, configured: bytes) -> tuple[str, bytes]:
    if not credential or _PASSING.match(credential):
        return "", configured
    secret = credential.encode()
    return _hash(b"key", configured, secret), configured or secret


def _credential(headers: Mapping[str, str]) -> str:
    """What the request is made with; of Amazon's signatures the key that they name."""
    for name in _KEY_HEADERS:
        value = headers.get(name)
        if value:
            signed = _AWS.match(value)
            return signed[1] if signed else value.removeprefix("Bearer ").strip()
    return ""


def _system_messages(body: JsonObject) -> list[str]:
    texts: list[str] = []
    for name in ("messages", "input"):
        messages = body.get(name)
        if isinstance(messages, list):
            for message in cast("list[Any]", messages):
                if isinstance(message, dict):
                    parts = cast("JsonObject", message)
                    if parts.get("role") in _SYSTEM_ROLES:
                        texts += _texts(parts.get("content"))
    return texts


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
    """How many characters `_texts` has. A conversation may be long: hence no generators, and few calls."""
    if isinstance(value, str):
        return len(value)
    length = 0
    if isinstance(value, list):
        for part in cast("list[Any]", value):
            length += len(part) if isinstance(part, str) else _length(part)
    elif isinstance(value, dict):
        for name, part in cast("JsonObject", value).items():
            if name in _WORDS:
                length += len(part) if isinstance(part, str) else _length(part)
    return length


def _tool_count(tool: Any) -> int:
    """Gemini puts all functions into one tool."""
    declared: Any = None
    if isinstance(tool, dict):
        parts = cast("JsonObject", tool)
        declared = parts.get("functionDeclarations") or parts.get("function_declarations")
    return len(cast("list[Any]", declared)) if isinstance(declared, list) else 1
