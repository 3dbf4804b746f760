"""The Dockerfiles: sound by hadolint, and what they run does what it should.

No Docker daemon was to be had, so no image was built. Their commands are run here instead, in folders.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from support import deploy_tools, replay
from support.deploy_tools import ROOT
from support.interpreters import interpreters
from support.processor import command
from support.replay import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.processor import Processor

BIN = Path(sys.executable).parent
DOCKERFILES = sorted((ROOT / "deploy").glob("*/Dockerfile"))
INSTRUMENTATION = yaml.safe_load(
    (ROOT / "deploy/kubernetes/components/opentelemetry-operator/instrumentation.yaml").read_text()
)
APP = """
import sys, openai, wrapt
client = openai.OpenAI()
answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
print(answer.usage.prompt_tokens, "wrapt._wrappers" in sys.modules, wrapt.__file__)
"""
ANSWER = {
    "object": "chat.completion", "created": 1, "model": "gpt-4o-2024-08-06", "choices": [],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
}  # fmt: skip


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda path: path.parent.name)
def test_a_dockerfile_has_no_fault_that_hadolint_knows(file: Path) -> None:
    hadolint = [BIN / "hadolint", "--no-color", file]
    done = subprocess.run(hadolint, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_image_runs_as_somebody_who_is_not_root() -> None:
    for file in DOCKERFILES:
        users = re.findall(r"^USER (\d+)", file.read_text(), re.MULTILINE)
        assert int(users[-1]) > 0


def context(dockerfile: Path, folder: Path) -> None:
    """Copies what the first stage copies, but for what .dockerignore leaves out."""
    first = dockerfile.read_text().split("\nFROM ")[1 if "\nFROM " in dockerfile.read_text() else 0]
    for line in re.findall(r"^COPY (.+)$", first, re.MULTILINE):
        *sources, target = shlex.split(line)
        for source in sources:
            assert f"!{source}" in (ROOT / ".dockerignore").read_text().split("\n")
            to = folder / target / (Path(source).name if target == "./" else "")
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=ignored)
            else:
                shutil.copy(ROOT / source, to)


@pytest.mark.timeout(600)
def test_the_processors_image_installs_a_command_that_serves(tmp_path: Path) -> None:
    deploy_tools.only_when_asked_for()
    file = ROOT / "deploy" / "processor" / "Dockerfile"
    context(file, tmp_path)
    (install,) = re.findall(r"^RUN (uv sync .+)$", file.read_text(), re.MULTILINE)
    made = tmp_path / "installed"
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(made), "UV_PYTHON": sys.executable}
    subprocess.run(
        [BIN / "uv", *shlex.split(install)[1:]], cwd=tmp_path, env=environment, check=True
    )
    shutil.rmtree(tmp_path / "processor")  # the second stage has the environment alone
    with command(tmp_path / "data", program=(str(made / "bin" / "spantally"), "serve")) as found:
        assert found.metrics()["spantally_spool_bytes"] == 0
    names = {path.name.partition("-")[0] for path in made.glob("lib/*/site-packages/*.dist-info")}
    assert {"spantally_processor", "chdb"} <= names
    assert not {"pytest", "openai", "spantally"} & names


@pytest.fixture(scope="module")
def injected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the operator copies into pods."""
    deploy_tools.only_when_asked_for()
    folder = tmp_path_factory.mktemp("injected") / "autoinstrumentation"
    script = ROOT / "deploy" / "instrumentation" / "build.sh"
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    subprocess.run([script, "manylinux_2_28", folder], cwd=ROOT, env=environment, check=True)
    return folder


@pytest.fixture(scope="module")
def processor(injected: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    with command(tmp_path_factory.mktemp("ledger")) as found:
        yield found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("minor", [minor for minor in sorted(interpreters()) if minor >= 11])
def test_an_app_with_nothing_of_ours_is_instrumented_by_what_the_operator_sets(
    minor: int, injected: Path, processor: Processor, tmp_path: Path
) -> None:
    """The environment is that of the operator's own source, and of our Instrumentation."""
    uv, python = (str(BIN / "uv"), "--quiet"), tmp_path / "app" / "bin" / "python"
    subprocess.run([*uv, "venv", "--python", interpreters()[minor], tmp_path / "app"], check=True)
    subprocess.run([*uv, "pip", "install", "--python", python, "openai>=3.54"], check=True)
    (tmp_path / "app.py").write_text(APP)
    variables = INSTRUMENTATION["spec"]["python"]["env"]
    named = {each["name"]: each.get("value", "a-token") for each in variables}
    named["OTEL_EXPORTER_OTLP_HEADERS"] = named["OTEL_EXPORTER_OTLP_HEADERS"].replace(
        "$(SPANTALLY_SENDER_TOKEN)", "a-token"
    )
    with replay.serve() as provider:
        provider.answer = Answer(json.dumps({"id": f"r-{minor}", **ANSWER}).encode())
        operator = {
            "PYTHONPATH": f"{injected}/opentelemetry/instrumentation/auto_instrumentation:{injected}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": processor.http,
            "OTEL_PROPAGATORS": ",".join(INSTRUMENTATION["spec"]["propagators"]),
            "OTEL_SERVICE_NAME": f"on-3.{minor}",
        }
        app = {
            "OPENAI_API_KEY": "made-up",
            "OPENAI_BASE_URL": provider.url + "/v1",
            "SPANTALLY_HOSTS": f"127.0.0.1:{provider.port}=openai",
            "SPANTALLY_TAGS": "team=guest-services",
        }
        done = subprocess.run(
            [python, tmp_path / "app.py"], env={**named, **operator, **app},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        (headers,) = provider.seen
    assert (done.returncode, done.stderr) == (0, "")
    tokens, accelerator, wrapt = done.stdout.split()
    assert tokens == "9"
    assert accelerator == "True", "wrapt's compiled part for this version of Python is there"
    assert wrapt.startswith(str(injected))
    assert not {"baggage", "traceparent"} & headers.keys()
    processor.settle()
    rows = processor.rows(
        "select team, input_tokens, pricing_status from llm_calls where service = {service:String}",
        service=f"on-3.{minor}",
    )
    assert rows == [("guest-services", 9, "priced")]
