"""`opentelemetry-instrument python app.py` on apps that know nothing of us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import replay
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.replay import Replay

BIN = Path(sys.executable).parent
OPENAI_APP = """
import openai
client = openai.OpenAI()
answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
print(answer.usage.prompt_tokens)
"""
ANTHROPIC_APP = """
import asyncio, anthropic
async def main():
    async with anthropic.AsyncAnthropic() as client:
        await client.messages.create(model="m", max_tokens=5, messages=[{"role": "user", "content": "hi"}])
asyncio.run(main())
"""
HTTPX_APP = """
import os, httpx
url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
httpx.post(url, json={"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]})
"""
ALIAS_APP = """
import httpx2
httpx2.alias_httpx()
import httpx
assert httpx.Client is httpx2.Client
""" + HTTPX_APP.replace("import os, httpx", "import os")

ANSWER = {
    "id": "r1", "type": "message", "role": "assistant", "object": "chat.completion", "created": 1,
    "model": "served-model", "content": [], "choices": [], "stop_reason": "end_turn",
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11,
              "input_tokens": 9, "output_tokens": 2},
}  # fmt: skip


@pytest.fixture
def provider() -> Iterator[Replay]:
    with replay.serve() as server:
        server.answer = Answer(json.dumps(ANSWER).encode())
        yield server


def run(app: str, provider: Replay, tmp_path: Path, **environment: str) -> list[dict[str, Any]]:
    """Run an app under the launcher; the spans that the console exporter wrote."""
    script = tmp_path / "app.py"
    script.write_text(app)
    settings = {
        "OPENAI_API_KEY": "made-up",
        "OPENAI_BASE_URL": provider.url + "/v1",
        "ANTHROPIC_API_KEY": "made-up",
        "ANTHROPIC_BASE_URL": provider.url,
        "OTEL_TRACES_EXPORTER": "console",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "SPANTALLY_HOSTS": f"127.0.0.1:{provider.port}=openai|anthropic",
        "SPANTALLY_TAGS": "team=t",
        **environment,
    }
    done = subprocess.run(
        [BIN / "opentelemetry-instrument", sys.executable, script],
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    output = done.stdout[done.stdout.find("{") :]
    decoder, spans, at = json.JSONDecoder(), [], 0
    while at < len(output):
        span, end = decoder.raw_decode(output, at)
        spans.append(span)
        at = end + len(output[end:]) - len(output[end:].lstrip())
    return spans


def llm(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [s["attributes"] for s in spans if "gen_ai.operation.name" in s["attributes"]]


@pytest.mark.parametrize(
    "app", [OPENAI_APP, ANTHROPIC_APP, HTTPX_APP], ids=["openai", "anthropic-async", "httpx"]
)
def test_an_unchanged_app_emits_one_llm_span_a_call_and_sends_no_tag_to_the_provider(
    app: str, provider: Replay, tmp_path: Path
) -> None:
    (span,) = llm(run(app, provider, tmp_path))
    assert span["gen_ai.usage.input_tokens"] == 9
    assert span["gen_ai.usage.output_tokens"] == 2
    assert span["gen_ai.response.model"] == "served-model"
    assert span["spantally.tag.team"] == "t"
    assert span["spantally.provider.source"] == "configured"
    (headers,) = provider.seen
    assert not {"baggage", "traceparent"} & headers.keys()


def test_a_client_that_is_httpx_and_httpx2_at_once_is_counted_once(
    provider: Replay, tmp_path: Path
) -> None:
    """OpenTelemetry's own httpx instrumentation imports httpx first, which the alias refuses."""
    off = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "httpx,httpx2"}
    assert len(llm(run(ALIAS_APP, provider, tmp_path, **off))) == 1


def test_the_users_own_setting_of_the_anthropic_sdk_wins(provider: Replay, tmp_path: Path) -> None:
    spans = run(ANTHROPIC_APP, provider, tmp_path, ANTHROPIC_OPEN_TELEMETRY="true")
    assert len(llm(spans)) == 2


def test_a_hook_is_switched_off_by_its_name(provider: Replay, tmp_path: Path) -> None:
    off = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "spantally-httpx2"}
    assert llm(run(OPENAI_APP, provider, tmp_path, **off)) == []
    assert len(llm(run(HTTPX_APP, provider, tmp_path, **off))) == 1


def test_a_faulty_setting_is_a_warning_and_the_app_runs(provider: Replay, tmp_path: Path) -> None:
    spans = run(OPENAI_APP, provider, tmp_path, SPANTALLY_TAGS="team", SPANTALLY_HOSTS="=,x")
    assert llm(spans)[0]["spantally.provider.source"] == "unknown"
