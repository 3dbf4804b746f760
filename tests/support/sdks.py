"""The SDKs of the providers, each called in every way that it has, and what a provider answers.

A call gets the address of a stand-in and returns what the app would see, as plain data. The answers are
made up: 11 tokens in, 5 out.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from support.aws_frames import event
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "some-model"
SAY = [{"role": "user", "content": "hello"}]


@dataclass(frozen=True)
class SdkCall:
    """One way to call one SDK."""

    provider: str
    """As in SPANTALLY_HOSTS."""
    answer: Answer
    call: Callable[[str], Any]
    output_tokens: int | None = 5
    leaves_open: bool = False
    """Whether it forgets to close sockets or event loops."""


def _json(body: dict[str, Any]) -> Answer:
    return Answer(json.dumps(body).encode())


def _events(*bodies: dict[str, Any], done: bool = False, named: bool = False) -> Answer:
    lines = [
        (f"event: {body['type']}\n" if named else "") + f"data: {json.dumps(body)}\n\n"
        for body in bodies
    ]
    text = "".join(lines) + ("data: [DONE]\n\n" if done else "")
    return Answer(text.encode(), content_type="text/event-stream", chunk=50)


def plain(value: Any) -> Any:
    """Anything that an SDK returns, as data that can be compared."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value if isinstance(value, (str, int, float, type(None))) else repr(value)


async def _all(stream: Any) -> list[Any]:
    return [event async for event in stream]


CHAT = {
    "id": "c1", "object": "chat.completion", "created": 1, "model": MODEL, "system_fingerprint": None,
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}},
    ],
    "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16},
}  # fmt: skip
_CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
_DELTA = {"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": None}
_LAST = {"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}
CHAT_EVENTS = _events(
    {**_CHUNK, "choices": [_DELTA]},
    {**_CHUNK, "choices": [_LAST], "usage": CHAT["usage"]},
    done=True,
)
EMBEDDING = {
    "object": "list", "model": MODEL, "usage": {"total_tokens": 11, "prompt_tokens": 11},
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
}  # fmt: skip


def _openai_like(
    package: str, names: tuple[str, str], provider: str, path: str = "", **how: Any
) -> dict[str, SdkCall]:
    """SDKs that are built like OpenAI's."""

    def client(name: str, url: str) -> Any:
        make = getattr(pytest.importorskip(package), name)
        return make(api_key="made-up", base_url=url + path, max_retries=0)

    def whole(url: str) -> Any:
        return plain(client(names[0], url).chat.completions.create(model=MODEL, messages=SAY))

    def stream(url: str) -> Any:
        create = client(names[0], url).chat.completions.create
        return plain(list(create(model=MODEL, messages=SAY, stream=True, **how)))

    async def whole_async(url: str) -> Any:
        async with client(names[1], url) as sdk:
            return plain(await sdk.chat.completions.create(model=MODEL, messages=SAY))

    async def stream_async(url: str) -> Any:
        async with client(names[1], url) as sdk:
            create = sdk.chat.completions.create
            return plain(await _all(await create(model=MODEL, messages=SAY, stream=True, **how)))

    return {
        f"{package}": SdkCall(provider, _json(CHAT), whole),
        f"{package} stream": SdkCall(provider, CHAT_EVENTS, stream),
        f"{package} async": SdkCall(provider, _json(CHAT), lambda u: asyncio.run(whole_async(u))),
        f"{package} async stream": SdkCall(
            provider, CHAT_EVENTS, lambda u: asyncio.run(stream_async(u))
        ),
    }


MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL,
    "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn", "stop_sequence": None,
    "usage": {"input_tokens": 11, "output_tokens": 5},
}  # fmt: skip
MESSAGE_EVENTS = _events(
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    },
    {"type": "message_stop"},
    named=True,
)


def _anthropic() -> dict[str, SdkCall]:
    def client(name: str, url: str) -> Any:
        make = getattr(pytest.importorskip("anthropic"), name)
        return make(api_key="made-up", base_url=url, max_retries=0)

    ask = {"model": MODEL, "max_tokens": 9, "messages": SAY}

    def whole(url: str) -> Any:
        return plain(client("Anthropic", url).messages.create(**ask))

    def stream(url: str) -> Any:
        with client("Anthropic", url).messages.stream(**ask) as events:
            return plain(list(events)), plain(events.get_final_message())

    async def whole_async(url: str) -> Any:
        async with client("AsyncAnthropic", url) as sdk:
            return plain(await sdk.messages.create(**ask))

    async def stream_async(url: str) -> Any:
        async with client("AsyncAnthropic", url) as sdk:
            return plain(await _all(await sdk.messages.create(**ask, stream=True)))

    return {
        "anthropic": SdkCall("anthropic", _json(MESSAGE), whole),
        "anthropic stream": SdkCall("anthropic", MESSAGE_EVENTS, stream),
        "anthropic async": SdkCall(
            "anthropic", _json(MESSAGE), lambda u: asyncio.run(whole_async(u))
        ),
        "anthropic async stream": SdkCall(
            "anthropic", MESSAGE_EVENTS, lambda u: asyncio.run(stream_async(u))
        ),
    }


GEMINI = {
    "candidates": [
        {"content": {"parts": [{"text": "hi"}], "role": "model"}, "finishReason": "STOP", "index": 0}
    ],
    "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 5, "totalTokenCount": 16},
    "modelVersion": MODEL, "responseId": "r1",
}  # fmt: skip


def _google() -> dict[str, SdkCall]:
    ask = {"model": "gemini-3-flash", "contents": "hello"}

    def client(url: str) -> Any:
        genai = pytest.importorskip("google.genai")
        return genai.Client(api_key="made-up", http_options={"base_url": url})

    def whole(url: str) -> Any:
        with client(url) as sdk:
            return sdk.models.generate_content(**ask).text

    def stream(url: str) -> Any:
        with client(url) as sdk:
            return [part.text for part in sdk.models.generate_content_stream(**ask)]

    async def whole_async(url: str) -> Any:
        async with client(url).aio as sdk:
            return (await sdk.models.generate_content(**ask)).text

    async def stream_async(url: str) -> Any:
        async with client(url).aio as sdk:
            parts = await sdk.models.generate_content_stream(**ask)
            return [part.text async for part in parts]

    name, events = "gcp.gemini", _events(GEMINI)
    return {
        "google-genai": SdkCall(name, _json(GEMINI), whole),
        "google-genai stream": SdkCall(name, events, stream),
        "google-genai async": SdkCall(name, _json(GEMINI), lambda u: asyncio.run(whole_async(u))),
        "google-genai async stream": SdkCall(name, events, lambda u: asyncio.run(stream_async(u))),
    }


def _mistral() -> dict[str, SdkCall]:
    ask = {"model": MODEL, "messages": SAY}

    def client(url: str) -> Any:
        return pytest.importorskip("mistralai.client").Mistral(api_key="made-up", server_url=url)

    def whole(url: str) -> Any:
        with client(url) as sdk:
            return plain(sdk.chat.complete(**ask))

    def stream(url: str) -> Any:
        with client(url) as sdk, sdk.chat.stream(**ask) as events:
            return plain(list(events))

    async def whole_async(url: str) -> Any:
        async with client(url) as sdk:
            return plain(await sdk.chat.complete_async(**ask))

    async def stream_async(url: str) -> Any:
        async with client(url) as sdk:
            return plain(await _all(await sdk.chat.stream_async(**ask)))

    return _four("mistralai", "mistral_ai", CHAT_EVENTS, whole, stream, whole_async, stream_async)


def _four(
    package: str, provider: str, events: Answer, *calls: Any, said: Any = None
) -> dict[str, SdkCall]:
    whole, stream, whole_async, stream_async = calls
    answer = _json(said or CHAT)
    return {
        package: SdkCall(provider, answer, whole),
        f"{package} stream": SdkCall(provider, events, stream),
        f"{package} async": SdkCall(provider, answer, lambda u: asyncio.run(whole_async(u))),
        f"{package} async stream": SdkCall(
            provider, events, lambda u: asyncio.run(stream_async(u))
        ),
    }


COHERE = {
    "id": "c1", "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "hi"}]},
    "usage": {
        "billed_units": {"input_tokens": 11, "output_tokens": 5},
        "tokens": {"input_tokens": 11, "output_tokens": 5},
    },
}  # fmt: skip
COHERE_EVENTS = _events(
    {"type": "message-start", "id": "c1", "delta": {"message": {"role": "assistant"}}},
    {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "hi"}}}},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": COHERE["usage"]}},
    named=True,
)


def _cohere() -> dict[str, SdkCall]:
    ask = {"model": MODEL, "messages": SAY}

    def client(name: str, url: str) -> Any:
        return getattr(pytest.importorskip("cohere"), name)(api_key="made-up", base_url=url)

    def whole(url: str) -> Any:
        return plain(client("ClientV2", url).chat(**ask))

    def stream(url: str) -> Any:
        return plain(list(client("ClientV2", url).chat_stream(**ask)))

    async def whole_async(url: str) -> Any:
        return plain(await client("AsyncClientV2", url).chat(**ask))

    async def stream_async(url: str) -> Any:
        return plain(await _all(client("AsyncClientV2", url).chat_stream(**ask)))

    return _four(
        "cohere", "cohere", COHERE_EVENTS, whole, stream, whole_async, stream_async, said=COHERE
    )  # fmt: skip


OLLAMA = {
    "model": MODEL, "created_at": "2026-01-01T00:00:00Z", "done": True, "done_reason": "stop",
    "message": {"role": "assistant", "content": "hi"}, "prompt_eval_count": 11, "eval_count": 5,
}  # fmt: skip
OLLAMA_LINES = Answer(
    b"".join(
        json.dumps(line).encode() + b"\n"
        for line in (
            {**OLLAMA, "done": False, "prompt_eval_count": None, "eval_count": None},
            OLLAMA,
        )
    ),
    content_type="application/x-ndjson",
    chunk=50,
)


def _ollama() -> dict[str, SdkCall]:
    ask = {"model": MODEL, "messages": SAY}

    def client(name: str, url: str) -> Any:
        return getattr(pytest.importorskip("ollama"), name)(host=url)

    def whole(url: str) -> Any:
        return plain(client("Client", url).chat(**ask))

    def stream(url: str) -> Any:
        return plain(list(client("Client", url).chat(**ask, stream=True)))

    async def whole_async(url: str) -> Any:
        return plain(await client("AsyncClient", url).chat(**ask))

    async def stream_async(url: str) -> Any:
        return plain(await _all(await client("AsyncClient", url).chat(**ask, stream=True)))

    return _four(
        "ollama", "ollama", OLLAMA_LINES, whole, stream, whole_async, stream_async, said=OLLAMA
    )  # fmt: skip


def _litellm() -> dict[str, SdkCall]:
    def options(url: str) -> dict[str, Any]:
        pytest.importorskip("litellm")
        model = "openai/" + MODEL
        return {
            "model": model, "messages": SAY, "api_base": url + "/v1", "api_key": "made-up", "num_retries": 0,
        }  # fmt: skip

    def text_of(response: Any) -> Any:
        return response.choices[0].message.content, response.usage.total_tokens

    def texts_of(chunks: list[Any]) -> Any:
        return [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]

    def whole(url: str) -> Any:
        how = options(url)
        return text_of(pytest.importorskip("litellm").completion(**how))

    def stream(url: str) -> Any:
        how = options(url)
        return texts_of(list(pytest.importorskip("litellm").completion(**how, stream=True)))

    async def whole_async(url: str) -> Any:
        how = options(url)
        return text_of(await pytest.importorskip("litellm").acompletion(**how))

    async def stream_async(url: str) -> Any:
        how = options(url)
        chunks = await pytest.importorskip("litellm").acompletion(**how, stream=True)
        return texts_of(await _all(chunks))

    calls = _four("litellm", "openai", CHAT_EVENTS, whole, stream, whole_async, stream_async)
    return {name: replace(call, leaves_open=True) for name, call in calls.items()}


def _huggingface() -> dict[str, SdkCall]:
    ask = {"model": MODEL, "messages": SAY}

    def client(name: str, url: str) -> Any:
        make = getattr(pytest.importorskip("huggingface_hub"), name)
        return make(base_url=url + "/v1", api_key="made-up")

    def whole(url: str) -> Any:
        return plain(client("InferenceClient", url).chat.completions.create(**ask))

    def stream(url: str) -> Any:
        sdk = client("InferenceClient", url)  # which closes its streams when it goes
        return plain(list(sdk.chat.completions.create(**ask, stream=True)))

    async def whole_async(url: str) -> Any:
        async with client("AsyncInferenceClient", url) as sdk:
            return plain(await sdk.chat.completions.create(**ask))

    async def stream_async(url: str) -> Any:
        async with client("AsyncInferenceClient", url) as sdk:
            return plain(await _all(await sdk.chat.completions.create(**ask, stream=True)))

    return _four(
        "huggingface_hub", "huggingface", CHAT_EVENTS, whole, stream, whole_async, stream_async
    )  # fmt: skip


def _openrouter() -> dict[str, SdkCall]:
    ask = {"model": MODEL, "messages": SAY}

    def client(url: str) -> Any:
        make = pytest.importorskip("openrouter").OpenRouter
        return make(api_key="made-up", server_url=url + "/api/v1")

    def whole(url: str) -> Any:
        with client(url) as sdk:
            return plain(sdk.chat.send(**ask))

    def stream(url: str) -> Any:
        with client(url) as sdk, sdk.chat.send(**ask, stream=True) as events:
            return plain(list(events))

    async def whole_async(url: str) -> Any:
        async with client(url) as sdk:
            return plain(await sdk.chat.send_async(**ask))

    async def stream_async(url: str) -> Any:
        async with client(url) as sdk:
            return plain(await _all(await sdk.chat.send_async(**ask, stream=True)))

    return _four("openrouter", "openrouter", CHAT_EVENTS, whole, stream, whole_async, stream_async)


def _voyage() -> dict[str, SdkCall]:
    def whole(url: str) -> Any:
        sdk = pytest.importorskip("voyageai").Client(api_key="made-up", base_url=url + "/v1")
        return plain(sdk.embed(["hello"], model="voyage-3").embeddings)

    async def whole_async(url: str) -> Any:
        make = pytest.importorskip("voyageai").AsyncClient
        found = await make(api_key="made-up", base_url=url + "/v1").embed(
            ["hello"], model="voyage-3"
        )
        return plain(found.embeddings)

    answer = _json(EMBEDDING)
    return {
        "voyageai": SdkCall("voyage", answer, whole, None),
        "voyageai async": SdkCall("voyage", answer, lambda u: asyncio.run(whole_async(u)), None),
    }


CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
    "stopReason": "end_turn", "metrics": {"latencyMs": 1},
    "usage": {"inputTokens": 11, "outputTokens": 5, "totalTokens": 16},
}  # fmt: skip
CONVERSE_EVENTS = Answer(
    event("messageStart", {"role": "assistant"})
    + event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "hi"}})
    + event("messageStop", {"stopReason": "end_turn"})
    + event("metadata", {"usage": CONVERSE["usage"], "metrics": {"latencyMs": 1}}),
    content_type="application/vnd.amazon.eventstream",
    chunk=50,
)
CLAUDE = {**MESSAGE, "model": "claude-sonnet-5"}


def _boto() -> dict[str, SdkCall]:
    model = "anthropic.claude-sonnet-5-v1:0"
    ask = {"modelId": model, "messages": [{"role": "user", "content": [{"text": "hello"}]}]}
    invoke = {
        "modelId": model,
        "body": json.dumps(
            {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": SAY}
        ),
    }
    keys = {
        "service_name": "bedrock-runtime", "region_name": "eu-west-1",
        "aws_access_key_id": "made-up", "aws_secret_access_key": "made-up",
    }  # fmt: skip

    def client(url: str) -> Any:
        return pytest.importorskip("boto3").client(endpoint_url=url, **keys)

    def aclient(url: str) -> Any:
        session = pytest.importorskip("aiobotocore.session").get_session()
        return session.create_client(endpoint_url=url, **keys)

    def without_metadata(response: dict[str, Any]) -> Any:
        return plain({n: v for n, v in response.items() if n != "ResponseMetadata"})

    def converse(url: str) -> Any:
        return without_metadata(client(url).converse(**ask))

    def converse_stream(url: str) -> Any:
        return plain(list(client(url).converse_stream(**ask)["stream"]))

    def invoke_model(url: str) -> Any:
        return json.loads(client(url).invoke_model(**invoke)["body"].read())

    async def converse_async(url: str) -> Any:
        async with aclient(url) as sdk:
            return without_metadata(await sdk.converse(**ask))

    async def converse_stream_async(url: str) -> Any:
        async with aclient(url) as sdk:
            return plain(await _all((await sdk.converse_stream(**ask))["stream"]))

    async def invoke_model_async(url: str) -> Any:
        async with aclient(url) as sdk:
            return json.loads(await (await sdk.invoke_model(**invoke))["body"].read())

    name = "aws.bedrock"
    return {
        "boto3 converse": SdkCall(name, _json(CONVERSE), converse),
        "boto3 converse_stream": SdkCall(name, CONVERSE_EVENTS, converse_stream),
        "boto3 invoke_model": SdkCall(name, _json(CLAUDE), invoke_model),
        "aiobotocore converse": SdkCall(
            name, _json(CONVERSE), lambda u: asyncio.run(converse_async(u))
        ),
        "aiobotocore converse_stream": SdkCall(
            name, CONVERSE_EVENTS, lambda u: asyncio.run(converse_stream_async(u))
        ),
        "aiobotocore invoke_model": SdkCall(
            name, _json(CLAUDE), lambda u: asyncio.run(invoke_model_async(u))
        ),
    }


SDK_CALLS: dict[str, SdkCall] = {
    **_openai_like("openai", ("OpenAI", "AsyncOpenAI"), "openai", "/v1"),
    **_anthropic(),
    **_google(),
    **_mistral(),
    **_cohere(),
    **_openai_like("groq", ("Groq", "AsyncGroq"), "groq"),
    **_openai_like("together", ("Together", "AsyncTogether"), "together", "/v1"),
    **_ollama(),
    **_litellm(),
    **_boto(),
    **_voyage(),
    **_huggingface(),
    **_openrouter(),
    **_openai_like("perplexity", ("Perplexity", "AsyncPerplexity"), "perplexity"),
}
