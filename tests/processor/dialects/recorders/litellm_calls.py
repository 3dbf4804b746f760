"""litellm: its callback `otel` around calls to OpenAI and Anthropic.

LITELLM_OTEL_V2=true in the environment chooses the spans of the callback's second form.
"""

from __future__ import annotations

import asyncio
import os

import answers
import litellm
from stage import Stage, recording, recording_exports

QUESTION = [{"role": "user", "content": "What is two and two?"}]


async def run(stage: Stage) -> None:
    """A chat with each provider and an embedding. Only the asynchronous API calls both forms."""
    openai = {"api_key": "made-up", "api_base": stage.url + "/v1"}
    anthropic = {"api_key": "made-up", "api_base": stage.url}
    stage.answers(answers.chat("chatcmpl-1"))
    await litellm.acompletion("openai/gpt-5", QUESTION, **openai)
    stage.answers(answers.messages("msg_1"))
    await litellm.acompletion("anthropic/claude-sonnet-4-5", QUESTION, **anthropic)
    stage.answers(answers.embeddings())
    await litellm.aembedding("openai/text-embedding-3-small", ["two"], **openai)
    await asyncio.sleep(8)  # its batches have no other end


if __name__ == "__main__":
    litellm.callbacks = ["otel"]
    if os.environ.get("LITELLM_OTEL_V2") == "true":
        with recording_exports("litellm", variant="v2") as (stage, exports):
            os.environ |= {
                "OTEL_EXPORTER": "otlp_http",
                "OTEL_ENDPOINT": exports,
                "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            }
            asyncio.run(run(stage))
    else:
        with recording("litellm", variant="v1") as stage:
            asyncio.run(run(stage))
