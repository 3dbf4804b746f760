"""SDKs whose answers have OpenAI's shape."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from support.sdks.call import (
    CHAT,
    CHAT_EVENTS,
    MODEL,
    SAY,
    SdkCall,
    all_of,
    four_ways,
    json_answer,
    plain,
)

EMBEDDING = {
    "object": "list", "model": MODEL, "usage": {"total_tokens": 11, "prompt_tokens": 11},
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
}  # fmt: skip


def openai_like(
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
            return plain(await all_of(await create(model=MODEL, messages=SAY, stream=True, **how)))

    return {
        f"{package}": SdkCall(provider, json_answer(CHAT), whole),
        f"{package} stream": SdkCall(provider, CHAT_EVENTS, stream),
        f"{package} async": SdkCall(
            provider, json_answer(CHAT), lambda u: asyncio.run(whole_async(u))
        ),
        f"{package} async stream": SdkCall(
            provider, CHAT_EVENTS, lambda u: asyncio.run(stream_async(u))
        ),
    }


def mistral_sdk() -> dict[str, SdkCall]:
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
            return plain(await all_of(await sdk.chat.stream_async(**ask)))

    return four_ways(
        "mistralai", "mistral_ai", CHAT_EVENTS, whole, stream, whole_async, stream_async
    )


def litellm_sdk() -> dict[str, SdkCall]:
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
        return texts_of(await all_of(chunks))

    calls = four_ways("litellm", "openai", CHAT_EVENTS, whole, stream, whole_async, stream_async)
    return {name: replace(call, leaves_open=True) for name, call in calls.items()}


def huggingface_sdk() -> dict[str, SdkCall]:
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
            return plain(await all_of(await sdk.chat.completions.create(**ask, stream=True)))

    return four_ways(
        "huggingface_hub", "huggingface", CHAT_EVENTS, whole, stream, whole_async, stream_async
    )  # fmt: skip


def openrouter_sdk() -> dict[str, SdkCall]:
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
            return plain(await all_of(await sdk.chat.send_async(**ask, stream=True)))

    return four_ways(
        "openrouter", "openrouter", CHAT_EVENTS, whole, stream, whole_async, stream_async
    )


def voyage_sdk() -> dict[str, SdkCall]:
    def whole(url: str) -> Any:
        sdk = pytest.importorskip("voyageai").Client(api_key="made-up", base_url=url + "/v1")
        return plain(sdk.embed(["hello"], model="voyage-3").embeddings)

    async def whole_async(url: str) -> Any:
        make = pytest.importorskip("voyageai").AsyncClient
        found = await make(api_key="made-up", base_url=url + "/v1").embed(
            ["hello"], model="voyage-3"
        )
        return plain(found.embeddings)

    answer = json_answer(EMBEDDING)
    return {
        "voyageai": SdkCall("voyage", answer, whole, None),
        "voyageai async": SdkCall("voyage", answer, lambda u: asyncio.run(whole_async(u)), None),
    }
