"""langfuse: its drop-in OpenAI client inside an observation, exported to a backend beside Langfuse's own."""

from __future__ import annotations

from contextlib import suppress

import answers
from langfuse import Langfuse, observe
from langfuse.openai import OpenAI
from openai import RateLimitError
from stage import recording
from support.replay import Answer

with recording("langfuse") as stage:
    Langfuse(
        public_key="pk-made-up",
        secret_key="sk-made-up",
        base_url="http://127.0.0.1:9",  # Langfuse itself is not there
        tracer_provider=stage.provider,
    )
    client = OpenAI(api_key="made-up", base_url=stage.url + "/v1", max_retries=0)
    ask = [{"role": "user", "content": "What is two and two?"}]

    @observe(name="sum")
    def answer() -> str:
        stage.answers(answers.chat("chatcmpl-1"))
        reply = client.chat.completions.create(model="gpt-5", messages=ask)
        stage.streams(answers.chat_stream("chatcmpl-2"))
        stream = client.chat.completions.create(
            model="gpt-5", messages=ask, stream=True, stream_options={"include_usage": True}
        )
        list(stream)
        stage.answers(answers.embeddings())
        client.embeddings.create(model="text-embedding-3-small", input="two and two")
        stage.replay.answer = Answer(b'{"error": {"message": "slow down"}}', status=429)
        with suppress(RateLimitError):
            client.chat.completions.create(model="gpt-5", messages=ask)
        return reply.choices[0].message.content or ""

    answer()
