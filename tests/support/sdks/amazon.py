"""Bedrock through boto3 and aiobotocore."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from support.aws_frames import event
from support.replay import Answer
from support.sdks.call import (
    MESSAGE,
    SAY,
    SdkCall,
    all_of,
    json_answer,
    plain,
)

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


def bedrock() -> dict[str, SdkCall]:
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
            return plain(await all_of((await sdk.converse_stream(**ask))["stream"]))

    async def invoke_model_async(url: str) -> Any:
        async with aclient(url) as sdk:
            return json.loads(await (await sdk.invoke_model(**invoke))["body"].read())

    name = "aws.bedrock"
    return {
        "boto3 converse": SdkCall(name, json_answer(CONVERSE), converse),
        "boto3 converse_stream": SdkCall(name, CONVERSE_EVENTS, converse_stream),
        "boto3 invoke_model": SdkCall(name, json_answer(CLAUDE), invoke_model),
        "aiobotocore converse": SdkCall(
            name, json_answer(CONVERSE), lambda u: asyncio.run(converse_async(u))
        ),
        "aiobotocore converse_stream": SdkCall(
            name, CONVERSE_EVENTS, lambda u: asyncio.run(converse_stream_async(u))
        ),
        "aiobotocore invoke_model": SdkCall(
            name, json_answer(CLAUDE), lambda u: asyncio.run(invoke_model_async(u))
        ),
    }
