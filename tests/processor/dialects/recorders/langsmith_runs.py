"""langsmith: a traced function around a wrapped OpenAI client, with LangSmith's OpenTelemetry export."""

from __future__ import annotations

import os

os.environ |= {
    "LANGCHAIN_REVISION_ID": "made-up",
    "LANGSMITH_TRACING": "true",
    "LANGSMITH_OTEL_ENABLED": "true",
    "LANGSMITH_OTEL_ONLY": "true",
    "LANGSMITH_API_KEY": "made-up",
}

import answers
import langsmith
from langsmith.wrappers import wrap_openai
from openai import OpenAI
from stage import recording

with recording("langsmith") as stage:
    os.environ["LANGSMITH_ENDPOINT"] = stage.url
    tracing = langsmith.Client(otel_tracer_provider=stage.provider)
    client = wrap_openai(OpenAI(api_key="made-up", base_url=stage.url + "/v1"))

    @langsmith.traceable(run_type="chain", name="sum", client=tracing)
    def answer(question: str) -> str:
        reply = client.chat.completions.create(
            model="gpt-5",
            messages=[{"role": "user", "content": question}],
            langsmith_extra={"client": tracing},
        )
        return reply.choices[0].message.content or ""

    stage.answers(answers.chat("chatcmpl-1"))
    answer("What is two and two?")
    tracing.flush()
