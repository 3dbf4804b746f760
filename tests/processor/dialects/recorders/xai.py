"""xai-sdk: its own spans of a chat, of a streamed one and of an image, over gRPC."""

from __future__ import annotations

import xai_sdk
from stage import recording
from support import standin_xai
from xai_sdk.chat import user
from xai_sdk.proto import chat_pb2, image_pb2, usage_pb2

# 40 tokens of reasoning beside the 60 of the answer, as xAI counts.
USAGE = usage_pb2.SamplingUsage(
    prompt_tokens=1000, prompt_text_tokens=900, prompt_image_tokens=100, cached_prompt_text_tokens=300,
    completion_tokens=60, reasoning_tokens=40, total_tokens=1100, cost_in_usd_ticks=12_345_000,
)  # fmt: skip
HEAD = {"model": "grok-4.20-0309-reasoning", "usage": USAGE}


def answer(response_id: str) -> chat_pb2.GetChatCompletionResponse:
    message = chat_pb2.CompletionMessage(role="ROLE_ASSISTANT", content="Four.")
    output = chat_pb2.CompletionOutput(finish_reason="REASON_STOP", message=message)
    return chat_pb2.GetChatCompletionResponse(id=response_id, outputs=[output], **HEAD)


def piece(response_id: str) -> chat_pb2.GetChatCompletionChunk:
    delta = chat_pb2.Delta(role="ROLE_ASSISTANT", content="Four.")
    output = chat_pb2.CompletionOutputChunk(finish_reason="REASON_STOP", delta=delta)
    return chat_pb2.GetChatCompletionChunk(id=response_id, outputs=[output], **HEAD)


with recording("xai-sdk"), standin_xai.serve() as standin:
    picture = image_pb2.ImageResponse(
        images=[image_pb2.GeneratedImage(url="https://example.com/hat", respect_moderation=True)],
        model="grok-imagine-image",
        usage=usage_pb2.SamplingUsage(cost_in_usd_ticks=700_000_000),
    )
    standin.answers = [answer("grok-1"), [piece("grok-2")], picture]
    with xai_sdk.Client("made-up", api_host=standin.address, use_insecure_channel=True) as client:
        for use in ("sample", "stream"):
            chat = client.chat.create(model="grok-4.20-reasoning")
            chat.append(user("What is two and two?"))
            list(chat.stream()) if use == "stream" else chat.sample()
        client.image.sample("a hat", "grok-imagine-image")
