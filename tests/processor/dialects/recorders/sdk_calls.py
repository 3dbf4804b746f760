"""The same calls of the OpenAI and Anthropic SDKs, for every package that patches those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import answers

if TYPE_CHECKING:
    from stage import Stage

_ASK: list[Any] = [{"role": "user", "content": "What is two and two?"}]


def openai_calls(stage: Stage) -> None:
    """A chat, a streamed chat, a response and an embedding."""
    import openai  # noqa: PLC0415 - only one of the two is installed

    client = openai.OpenAI(api_key="made-up", base_url=stage.url + "/v1", max_retries=0)
    stage.answers(answers.chat("chatcmpl-1"))
    client.chat.completions.create(model="gpt-5", messages=_ASK)
    stage.streams(answers.chat_stream("chatcmpl-2"))
    options: Any = {"include_usage": True}
    stream = client.chat.completions.create(
        model="gpt-5", messages=_ASK, stream=True, stream_options=options
    )
    for _ in stream:
        pass
    stage.answers(answers.responses("resp_1"))
    client.responses.create(model="gpt-5", input="What is two and two?")
    stage.answers(answers.embeddings())
    client.embeddings.create(model="text-embedding-3-small", input="two and two")


def anthropic_calls(stage: Stage) -> None:
    """A message and a streamed message."""
    import anthropic  # noqa: PLC0415 - only one of the two is installed

    client = anthropic.Anthropic(api_key="made-up", base_url=stage.url, max_retries=0)
    stage.answers(answers.messages("msg_1"))
    client.messages.create(model="claude-sonnet-4-5", max_tokens=200, messages=_ASK)
    stage.streams(answers.messages_stream("msg_2"), named=True)
    stream = client.messages.create(
        model="claude-sonnet-4-5", max_tokens=200, messages=_ASK, stream=True
    )
    for _ in stream:
        pass
