"""Signals about a request: enough to find loops and long prompts, and nothing that was said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spantally import env
from spantally._signals import read_keys, read_signals
from support.recordings import FOLDER, Recording, all_recordings
from support.replay import Answer

if TYPE_CHECKING:
    from support.replay import Replay

TOOL = {"type": "function", "function": {"name": "look", "parameters": {}}}
SYSTEM = "You are a concierge."
WORDS = "Where is the pool?"
PACKED_TOOL = json.dumps([TOOL], separators=(",", ":"))

SHAPES: dict[str, dict[str, Any]] = {
    "openai chat": {
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": [{"type": "text", "text": WORDS}]},
        ],
        "tools": [TOOL],
    },
    "openai responses": {"instructions": SYSTEM, "input": WORDS, "tools": [TOOL]},
    "anthropic": {
        "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": WORDS}],
        "tools": [TOOL],
    },
    "gemini": {
        "systemInstruction": {"parts": [{"text": SYSTEM}]},
        "contents": [
            {"role": "user", "parts": [{"text": WORDS}, {"inlineData": {"data": "AAAA"}}]}
        ],
        "tools": [{"functionDeclarations": [{"name": "look"}]}],
    },
    "bedrock converse": {
        "system": [{"text": SYSTEM}],
        "messages": [{"role": "user", "content": [{"text": WORDS}]}],
        "toolConfig": {"tools": [TOOL]},
    },
    "cohere v1": {"preamble": SYSTEM, "message": WORDS, "tools": [TOOL]},
}
HEADERS = {"authorization": "Bearer sk-made-up"}


def signals(body: dict[str, Any], headers: dict[str, str] = HEADERS) -> dict[str, Any]:
    """All that is said of a request."""
    fingerprint, key = read_keys(headers)
    found = dict(read_signals(body, json.dumps(body).encode(), key))
    return found | ({"spantally.key_fingerprint": fingerprint} if fingerprint else {})


@pytest.mark.parametrize("shape", SHAPES)
def test_lengths_and_counts_are_those_of_the_texts_whatever_the_shape(shape: str) -> None:
    found = signals(SHAPES[shape])
    assert found["spantally.request.system_chars"] == len(SYSTEM)
    assert found["spantally.request.input_chars"] == len(WORDS)
    assert found["spantally.request.tools"] == 1
    assert found["spantally.request.prefix_chars"] > len(SYSTEM)


def test_a_request_without_system_prompt_and_tools_says_nothing_of_them() -> None:
    found = signals({"messages": [{"role": "user", "content": WORDS}]})
    assert found["spantally.request.input_chars"] == len(WORDS)
    counts = {name for name in found if name.endswith(("_chars", "tools"))}
    assert counts == {"spantally.request.input_chars"}


def test_what_was_not_there_to_be_read_has_no_length() -> None:
    """An upload that is streamed: unknown is not zero."""
    assert read_signals({}, None, b"key") == {}


def test_a_body_that_is_no_json_can_be_told_from_another_and_has_no_length(
    spans: Any, provider: Replay
) -> None:
    """SageMaker's endpoints take what their container takes, and a gateway may want it compressed."""
    headers, url = {"authorization": "Bearer sk-made-up"}, provider.url + "/v1/chat/completions"
    for content in (b"\x1f\x8bone", b"\x1f\x8bone", b"\x1f\x8btwo"):
        httpx.post(url, content=content, headers=headers)
    found = [dict(span.attributes) for span in spans.llm()]
    first, again, other = (each["spantally.request.body_hash"] for each in found)
    assert first == again != other
    assert not [name for each in found for name in each if name.endswith("_chars")]


def test_the_same_system_prompt_has_the_same_hash_in_every_shape() -> None:
    assert len({signals(body)["spantally.request.system_hash"] for body in SHAPES.values()}) == 1


def test_another_question_changes_the_body_hash_and_not_the_prefix_hash() -> None:
    first = {"system": SYSTEM, "messages": [{"role": "user", "content": "one"}]}
    second = {"system": SYSTEM, "messages": [{"role": "user", "content": "two"}]}
    assert signals(first) == signals(first)
    changed = {name for name, value in signals(first).items() if value != signals(second)[name]}
    assert changed == {"spantally.request.body_hash"}


KEYS = [
    # headers, SPANTALLY_HASH_KEY -> is there a fingerprint, are there hashes
    ({"authorization": "Bearer sk-made-up"}, "", True, True),
    ({"x-api-key": "made-up"}, "", True, True),
    ({"api-key": "made-up"}, "", True, True),
    ({"x-goog-api-key": "made-up"}, "", True, True),
    ({"authorization": "Bearer ya29.hourly"}, "", False, False),
    ({"authorization": "Bearer eyJhbGciOi.eyJzdWIi.c2ln"}, "", False, False),
    ({"authorization": "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/2026/x"}, "", True, True),
    ({"authorization": "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/2026/x"}, "", False, False),
    ({}, "", False, False),
    ({}, "organisation-secret", False, True),
    ({"authorization": "Bearer sk-made-up"}, "organisation-secret", True, True),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "key", "has_fingerprint", "has_hashes"), KEYS)
def test_hashes_need_a_secret_that_lasts(
    headers: dict[str, str],
    key: str,
    has_fingerprint: bool,
    has_hashes: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(env.SPANTALLY_HASH_KEY, key)
    env.forget()
    found = signals(SHAPES["anthropic"], headers)
    assert ("spantally.key_fingerprint" in found) is has_fingerprint
    hashes = [name for name in found if name.endswith("_hash")]
    assert len(hashes) == (3 if has_hashes else 0)


def test_two_api_keys_have_two_fingerprints_and_hashes_compare_only_under_one_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = SHAPES["anthropic"]
    one, two = (signals(body, {"x-api-key": key}) for key in ("first", "second"))
    assert one["spantally.key_fingerprint"] != two["spantally.key_fingerprint"]
    assert one["spantally.request.body_hash"] != two["spantally.request.body_hash"]
    monkeypatch.setenv(env.SPANTALLY_HASH_KEY, "organisation-secret")
    env.forget()
    one, two = (signals(body, {"x-api-key": key}) for key in ("first", "second"))
    assert one["spantally.key_fingerprint"] != two["spantally.key_fingerprint"]
    assert one["spantally.request.body_hash"] == two["spantally.request.body_hash"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = ["system", "messages", "contents", "input", "tools", "toolConfig", "instructions"]


@given(st.dictionaries(st.sampled_from(NAMES), json_values))
def test_no_request_is_too_odd_for_its_signals(body: dict[str, Any]) -> None:
    found = signals(body)
    lengths = [value for value in found.values() if isinstance(value, int)]
    assert bool(lengths) == bool(body)
    assert all(length >= 0 for length in lengths)


CANARY = "canary-7f3a"


def with_canaries(value: Any) -> Any:
    """The same JSON with the canary in every text that is no identifier of the protocol."""
    keep = {"model", "role", "type", "id", "object", "finish_reason", "stop_reason", "service_tier"}
    if isinstance(value, dict):
        return {k: v if k in keep else with_canaries(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_canaries(item) for item in value]
    return f"{CANARY} {value}" if isinstance(value, str) and " " in value else value


@pytest.mark.skipif(not all_recordings(), reason=f"no recordings at {FOLDER}")
@pytest.mark.parametrize("recording", all_recordings(), ids=str)
def test_nothing_that_was_said_and_no_header_is_on_a_span(
    recording: Recording, spans: Any, provider: Replay
) -> None:
    """Every sentence of request and response, and every header, carries a word that must not arrive."""
    body = json.dumps(with_canaries(recording.request_body)).encode()
    answer = recording.response_body
    if "body" in recording.document["response"]:
        answer = json.dumps(with_canaries(recording.document["response"]["body"])).encode()
    kind = recording.response_headers.get("content-type", "")
    provider.answer = Answer(answer, recording.status, kind, {"x-note": CANARY})
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {CANARY}-key",
        "x-note": CANARY,
        "cookie": f"session={CANARY}",
    }
    with httpx.Client(proxy=provider.url) as client:
        client.request(recording.method, recording.url, content=body, headers=headers)
    for span in spans.all():
        assert CANARY not in span.to_json(), recording.name
