"""mlflow-tracing: a traced function around OpenAI calls that MLflow's autolog patches."""

from __future__ import annotations

import os
import tempfile

import answers
import mlflow
import mlflow.openai
from openai import OpenAI
from stage import recording_exports

with recording_exports("mlflow-tracing") as (stage, exports):
    os.environ |= {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": exports + "/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false",
    }
    mlflow.set_tracking_uri(f"file:{tempfile.mkdtemp()}")
    mlflow.openai.autolog()
    client = OpenAI(api_key="made-up", base_url=stage.url + "/v1")

    @mlflow.trace(name="sum")
    def answer(question: str) -> str:
        reply = client.chat.completions.create(
            model="gpt-5", messages=[{"role": "user", "content": question}]
        )
        return reply.choices[0].message.content or ""

    stage.answers(answers.chat("chatcmpl-1"))
    answer("What is two and two?")
