"""Everybody at once: each call seen by every emitter that can coexist, with LangChain above the SDKs.

Ours at the wire, Anthropic's SDK by itself, the official packages and OpenInference around the SDKs,
OpenInference around LangChain. What the provider answered: 3 of OpenAI, 2 of Anthropic. Ours has to be
installed with `pip install ./instrumentation`.
"""

from __future__ import annotations

import os

os.environ["SPANTALLY_HOSTS"] = "127.0.0.1=openai|anthropic"

import answers
from langchain_anthropic import ChatAnthropic
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from openai import OpenAI
from openinference.instrumentation import anthropic as inference_anthropic
from openinference.instrumentation import openai as inference_openai
from openinference.instrumentation.langchain import LangChainInstrumentor
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from spantally.transports.httpx import Httpx2Instrumentor, HttpxInstrumentor
from stage import Stage, recording

EMITTERS = (
    HttpxInstrumentor(),
    Httpx2Instrumentor(),
    OpenAIInstrumentor(),
    AnthropicInstrumentor(),
    inference_openai.OpenAIInstrumentor(),
    inference_anthropic.AnthropicInstrumentor(),
    LangChainInstrumentor(),
)


def calls(stage: Stage) -> None:
    """Two calls through LangChain, one through the SDK alone, one repeated."""
    prompt = ChatPromptTemplate.from_template("What is two and {number}?")
    openai = ChatOpenAI(model="gpt-5", api_key="made-up", base_url=stage.url + "/v1")
    anthropic = ChatAnthropic(
        model="claude-sonnet-4-5", api_key="made-up", base_url=stage.url, max_tokens=200
    )
    stage.answers(answers.chat("chatcmpl-1"))
    (prompt | openai).invoke({"number": "two"})
    for response_id in ("msg_1", "msg_2"):
        stage.answers(answers.messages(response_id))
        (prompt | anthropic).invoke({"number": "two"})
    sdk = OpenAI(api_key="made-up", base_url=stage.url + "/v1")
    stage.answers(answers.responses("resp_1"))
    sdk.responses.create(model="gpt-5", input="What is two and two?")
    stage.answers(answers.embeddings())
    sdk.embeddings.create(model="text-embedding-3-small", input="two and two")


with recording("spantally", variant="together") as stage:
    for emitter in EMITTERS:
        emitter.instrument()
    calls(stage)
