"""The stand-in as the providers' real SDKs see it, and its journal as the truth about what was sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import anthropic
import httpx
import openai
import pytest

if TYPE_CHECKING:
    from support.standin import StandIn

LONG = "House rules of the group. " * 300
"""About 2,000 tokens: enough to be cached."""
TOOL = {"type": "object", "properties": {"nights": {"type": "integer", "minimum": 2}}}
ASK = [{"role": "user", "content": "Which room is free, and is there a café near by?"}]


def chat(client: openai.OpenAI, text: str, **options: object) -> openai.types.chat.ChatCompletion:
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-5.4", messages=messages, **options)


def message(client: anthropic.Anthropic, **options: object) -> anthropic.types.Message:
    return client.messages.create(
        **{"model": "claude-sonnet-5-5", "max_tokens": 500, "messages": ASK, **options}
    )


def test_a_chat_completion_is_journalled_with_the_usage_the_client_got(
    gpt: openai.OpenAI, standin: StandIn
) -> None:
    got = chat(gpt, "hello")
    [exchange] = standin.wait_for(1)
    assert (exchange.api, exchange.status, exchange.id) == ("openai.chat_completions", 200, got.id)
    assert exchange.usage == got.usage.to_dict()
    assert exchange.request_id == got._request_id
    assert got.model == "gpt-5.4-2026-03-05"
    assert exchange.request_headers["authorization"] == "(hidden)"


def test_a_chat_stream_carries_usage_only_when_asked(gpt: openai.OpenAI, standin: StandIn) -> None:
    whole = chat(gpt, "hello").choices[0].message.content
    asked = list(chat(gpt, "hello", stream=True, stream_options={"include_usage": True}))
    silent = list(chat(gpt, "hello", stream=True))
    for chunks in (asked, silent):
        said = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
        assert "".join(said) == whole
    exchanges = standin.wait_for(3)
    assert exchanges[1].usage == asked[-1].usage.to_dict()
    assert all(chunk.usage is None for chunk in silent)
    assert exchanges[2].usage == {}


def test_a_responses_stream_ends_with_the_same_response_that_json_gives(
    gpt: openai.OpenAI, standin: StandIn
) -> None:
    ask = {"model": "gpt-6.1-terra", "input": "hello", "tools": [{"type": "web_search"}]}
    whole = gpt.responses.create(**ask, reasoning={"effort": "low"})
    with gpt.responses.stream(**ask, reasoning={"effort": "low"}) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_response()
    assert streamed.output_text == whole.output_text
    assert streamed.usage == whole.usage
    assert whole.usage.output_tokens_details.reasoning_tokens >= 128
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    assert standin.wait_for(2)[0].usage["tool_usage"] == {"web_search": {"num_requests": 1}}


def test_an_anthropic_stream_and_its_json_agree(
    claude: anthropic.Anthropic, standin: StandIn
) -> None:
    whole = message(claude)
    with claude.messages.stream(model=whole.model, max_tokens=500, messages=ASK) as stream:
        streamed = stream.get_final_message()
    assert streamed.content[0].text == whole.content[0].text
    first, second = (exchange.usage for exchange in standin.wait_for(2))
    assert first == second
    assert streamed.usage.output_tokens == second["output_tokens"]


def test_anthropic_cache_writes_are_split_by_retention_and_read_on_the_next_turn(
    claude: anthropic.Anthropic,
) -> None:
    system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    question = {"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}
    opening = [{"role": "user", "content": [question]}]
    first = message(claude, system=system, messages=opening)
    written = first.usage.cache_creation
    assert written.ephemeral_1h_input_tokens == written.ephemeral_5m_input_tokens > 1_024
    assert first.usage.cache_read_input_tokens == 0
    later = [*opening, {"role": "assistant", "content": "Yes."}, *ASK]
    second = message(claude, system=system, messages=later)
    assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens
    assert second.usage.cache_creation_input_tokens == 0


def test_openai_reads_the_prefix_of_the_turn_before_and_newer_models_write(
    gpt: openai.OpenAI,
) -> None:
    opening = [{"role": "user", "content": LONG}]
    later = [*opening, {"role": "assistant", "content": "Yes."}, *ASK]
    for model, writes in (("gpt-5.4", False), ("gpt-6.1-terra", True)):
        first = gpt.chat.completions.create(model=model, messages=opening).usage
        second = gpt.chat.completions.create(model=model, messages=later).usage
        details = first.prompt_tokens_details
        assert (details.cached_tokens, details.cache_write_tokens > 0) == (0, writes)
        read = second.prompt_tokens_details.cached_tokens
        assert read % 128 == 0
        assert first.prompt_tokens - 128 < read <= first.prompt_tokens


def test_a_tool_loop_calls_every_tool_once_with_arguments_that_fit(gpt: openai.OpenAI) -> None:
    tools = [
        {"type": "function", "function": {"name": name, "parameters": TOOL}}
        for name in ("rooms", "tables", "weather")
    ]
    messages: list[object] = list(ASK)
    called: list[str] = []
    for _ in range(5):
        turn = gpt.chat.completions.create(model="gpt-5.4", messages=messages, tools=tools)
        said = turn.choices[0].message
        messages.append(said)
        for call in said.tool_calls or ():
            called.append(call.function.name)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "5"})
        if turn.choices[0].finish_reason == "stop":
            break
    assert called == ["rooms", "tables", "weather"]
    assert said.content


def test_embeddings_are_counted_and_decode(gpt: openai.OpenAI) -> None:
    got = gpt.embeddings.create(model="text-embedding-3-small", input=["abcd", "abcdefgh"])
    assert got.usage.prompt_tokens == 1 + 2
    assert [len(row.embedding) for row in got.data] == [16, 16]


def test_the_sdk_retries_a_429_and_gets_its_answer(gpt: openai.OpenAI, standin: StandIn) -> None:
    assert chat(gpt, "too busy once").id
    assert [(seen.status, seen.retry) for seen in standin.wait_for(2)] == [(429, 0), (200, 1)]
    assert standin.wait_for(1)[0].usage == {}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_errors_have_the_providers_shape(standin: StandIn, provider: str) -> None:
    if provider == "openai":
        with (
            openai.OpenAI(max_retries=0) as client,
            pytest.raises(openai.InternalServerError) as caught,
        ):
            chat(client, "always broken")
        assert caught.value.type == "server_error"
    else:
        with (
            anthropic.Anthropic(max_retries=0) as client,
            pytest.raises(anthropic.InternalServerError) as caught,
        ):
            message(client, messages=[{"role": "user", "content": "always broken"}])
        assert caught.value.body["error"]["type"] == "api_error"
    assert caught.value.request_id == standin.wait_for(1)[0].request_id


def test_an_abandoned_stream_is_journalled_with_what_was_sent_until_then(
    claude: anthropic.Anthropic, standin: StandIn
) -> None:
    with claude.messages.create(
        model="claude-haiku-5-5", max_tokens=900, messages=ASK, stream=True
    ) as stream:
        next(iter(stream))
    [exchange] = standin.wait_for(1)
    assert exchange.client_gone
    assert exchange.usage["output_tokens"] == 1
    assert exchange.usage["input_tokens"] > 1


def test_a_client_that_times_out_leaves_an_exchange_without_status(standin: StandIn) -> None:
    with openai.OpenAI(max_retries=0, timeout=0.2) as client, pytest.raises(openai.APITimeoutError):
        chat(client, "takes its time")
    [exchange] = standin.wait_for(1)
    assert (exchange.status, exchange.client_gone, exchange.usage) == (0, True, {})


def test_a_stream_can_break_off_in_the_middle(gpt: openai.OpenAI) -> None:
    chunks = chat(gpt, "line drops", stream=True, stream_options={"include_usage": True})
    seen = 0
    with pytest.raises(openai.APIError):  # noqa: PT012 - it is the iteration that raises
        for _ in chunks:
            seen += 1
    assert seen > 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b"{", 400),
        ("/v1/chat/completions", b'{"model": "gpt-5.4"}', 400),
        ("/v1/responses", b'{"input": "no model"}', 400),
        ("/v1/messages", b'{"model": "claude-sonnet-5-5", "messages": []}', 400),
        ("/v1/nothing", b"{}", 404),
    ],
)
def test_a_malformed_request_is_refused_and_the_next_one_served(
    gpt: openai.OpenAI, standin: StandIn, path: str, body: bytes, status: int
) -> None:
    refused = httpx.post(f"http://{standin.openai}{path}", content=body)
    assert refused.status_code == status
    assert refused.json()["error"]["message"]
    assert chat(gpt, "hello").id


def test_counts_depend_on_the_request_and_not_on_order_or_company(gpt: openai.OpenAI) -> None:
    texts = [f"question {number} " + LONG for number in range(6)]
    alone = [chat(gpt, text).usage for text in texts]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda text: chat(gpt, text).usage, reversed(texts)))
    assert list(reversed(together)) == alone
