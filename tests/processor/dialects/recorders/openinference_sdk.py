"""openinference-instrumentation-openai, -anthropic and -langchain."""

from __future__ import annotations

import os
import sys

import answers
from sdk_calls import anthropic_calls, openai_calls
from stage import recording

os.environ["ANTHROPIC_OPEN_TELEMETRY"] = "false"

if sys.argv[1:] == ["openai"]:
    from openinference.instrumentation.openai import OpenAIInstrumentor

    with recording("openinference-instrumentation-openai") as stage:
        OpenAIInstrumentor().instrument()
        openai_calls(stage)
elif sys.argv[1:] == ["anthropic"]:
    from openinference.instrumentation.anthropic import AnthropicInstrumentor

    with recording("openinference-instrumentation-anthropic") as stage:
        AnthropicInstrumentor().instrument()
        anthropic_calls(stage)
else:
    from langchain_anthropic import ChatAnthropic
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_openai import ChatOpenAI
    from openinference.instrumentation.langchain import LangChainInstrumentor

    with recording("openinference-instrumentation-langchain") as stage:
        LangChainInstrumentor().instrument()
        prompt = ChatPromptTemplate.from_template("What is two and {number}?")
        stage.answers(answers.chat("chatcmpl-1"))
        openai = ChatOpenAI(model="gpt-5", api_key="made-up", base_url=stage.url + "/v1")
        (prompt | openai).invoke({"number": "two"})
        stage.answers(answers.messages("msg_1"))
        anthropic = ChatAnthropic(
            model="claude-sonnet-4-5", api_key="made-up", base_url=stage.url, max_tokens=200
        )
        (prompt | anthropic).invoke({"number": "two"})
