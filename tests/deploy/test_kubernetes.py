"""deploy/kubernetes: valid by the published schemas, and in step with what the processor does.

No cluster was to be had: that these objects do there what they say was not seen.
"""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner
from spantally_processor.cli import main
from spantally_processor.config_file import load_settings
from support import deploy_tools
from support.clickhouse_server import ClickHouseServer
from support.ledger import served
from support.otlp import a_call, a_request
from support.processor import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.processor import Processor

FOLDER = deploy_tools.ROOT / "deploy" / "kubernetes"
OVERLAYS = ("embedded", "clickhouse")
VERSIONS = ("1.31", "1.34", "1.37")
"""Of Kubernetes."""

PIECES = [
    path
    for path in sorted(FOLDER.rglob("*.yaml"))
    if path.name not in ("kustomization.yaml", "images.yaml", "server.yaml")
]


def objects(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


ALL = [each for path in PIECES for each in objects(path)]
BY_KIND = {each["kind"]: each for each in ALL}


@cache
def built(overlay: str) -> list[dict[str, Any]]:
    kustomize = deploy_tools.program("kustomize")
    build = [kustomize, "build", FOLDER / "overlays" / overlay]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def check(each: dict[str, Any], version: str) -> None:
    """Unknown fields are refused."""
    if each["kind"] in deploy_tools.DEFINITIONS:
        jsonschema.validate(each, schema(each["kind"]), jsonschema.Draft202012Validator)
    else:
        kubernetes_validate.validate(each, version, strict=True)


@cache
def schema(kind: str) -> dict[str, Any]:
    """Of a custom resource, closed: a server drops what the definition does not name."""
    versions = objects(deploy_tools.definition(kind))[0]["spec"]["versions"]
    found = next(each["schema"]["openAPIV3Schema"] for each in versions if each["storage"])
    closed = _closed(found)
    closed["properties"]["metadata"] = {"type": "object"}
    return closed


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and "type" in node:
        closed.setdefault("additionalProperties", False)
    if node.get("x-kubernetes-int-or-string"):
        closed.pop("type", None)
    return closed


@pytest.mark.parametrize("path", PIECES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_file_is_valid(path: Path) -> None:
    for each in objects(path):
        if each["kind"] in deploy_tools.DEFINITIONS:
            deploy_tools.definition(each["kind"])
        for version in VERSIONS:
            check(each, version)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_builds_and_everything_in_it_is_valid_and_in_one_namespace(overlay: str) -> None:
    for each in built(overlay):
        check(each, VERSIONS[1])
        assert each["metadata"]["namespace"] == "spantally"
    images = re.findall(r'"image": "([^"]+)"', json.dumps(built(overlay)))
    assert images
    assert all(":" in image for image in images)


def test_what_is_scaled_by_its_backlog_has_no_number_that_an_apply_would_set_back() -> None:
    numbers = {
        overlay: each["spec"].get("replicas")
        for overlay in OVERLAYS
        for each in built(overlay)
        if each["kind"] == "StatefulSet"
    }
    assert numbers == {"embedded": 1, "clickhouse": None}


@pytest.mark.parametrize("kind", ["StatefulSet", "ScaledObject"])
def test_a_misspelt_field_is_refused(kind: str) -> None:
    if kind in deploy_tools.DEFINITIONS:
        deploy_tools.definition(kind)
    wrong = {**BY_KIND[kind], "spec": {**BY_KIND[kind]["spec"], "replica": 1}}
    with pytest.raises((kubernetes_validate.ValidationError, jsonschema.ValidationError)):
        check(wrong, VERSIONS[1])


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processor]:
    """In a process of its own: this one opens another engine below."""
    with command(tmp_path_factory.mktemp("kubernetes")) as found:
        assert found.post(a_request(a_call()).SerializeToString()).status_code == 200
        found.settle()
        yield found


def test_the_probes_ask_for_what_the_processor_answers(processor: Processor) -> None:
    (container,) = BY_KIND["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert httpx.get(processor.http + asked["path"]).text.startswith("ok")
        assert asked["port"] == "otlp-http"


def test_what_is_scraped_and_scaled_by_is_among_the_metrics(processor: Processor) -> None:
    (endpoint,) = BY_KIND["ServiceMonitor"]["spec"]["endpoints"]
    known = httpx.get(processor.http + endpoint["path"]).text
    query = BY_KIND["ScaledObject"]["spec"]["triggers"][0]["metadata"]["query"]
    asked = set(re.findall(r"spantally_\w+", query))
    assert asked == {"spantally_spans_pending", "spantally_spans_stored_total"}
    assert all(re.search(rf"^{name}[{{ ]", known, re.MULTILINE) for name in asked)
    assert 'spantally_spans_pending{destination="ledger"}' in known


def test_the_metrics_that_the_page_for_platform_teams_names_are_there(processor: Processor) -> None:
    page = (deploy_tools.ROOT / "docs" / "for-platform-teams.md").read_text()
    known = httpx.get(processor.http + "/metrics").text
    named = re.findall(r"^\| `(spantally_\w+)`", page, re.MULTILINE)
    assert len(named) == 8
    assert [name for name in named if not re.search(rf"^{name}[{{ ]", known, re.MULTILINE)] == []


def test_the_backlog_scales_but_not_while_the_ledger_takes_nothing(tmp_path: Path) -> None:
    """Prometheus's own unit test of the query: stored spans stand still from the tenth minute on."""
    query = BY_KIND["ScaledObject"]["spec"]["triggers"][0]["metadata"]["query"]
    pod = '{namespace="spantally",pod="%s"%s}'
    waiting = ',destination="ledger"'
    cases = {
        "interval": "15s",
        "input_series": [
            {"series": "spantally_spans_pending" + pod % ("a", waiting), "values": "300000x80 0x40"},
            {"series": "spantally_spans_pending" + pod % ("b", waiting), "values": "100000x80 0x40"},
            {"series": "spantally_spans_stored_total" + pod % ("a", ""), "values": "0+1000x40 40000x80"},
        ],
        "promql_expr_test": [
            {"expr": query, "eval_time": at, "exp_samples": expected}
            for at, expected in (
                ("5m", [{"labels": "{}", "value": 400_000}]),
                ("15m", []),
                ("25m", [{"labels": "{}", "value": 0}]),
            )
        ],
    }  # fmt: skip
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [cases]}))
    promtool = deploy_tools.program("promtool")
    done = subprocess.run(
        [promtool, "test", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "file", sorted(FOLDER.rglob("spantally.toml")), ids=lambda p: p.parent.name
)
def test_the_configuration_is_right_and_its_doors_are_those_of_the_services(
    file: Path, secrets: Path, tmp_path: Path
) -> None:
    here = tmp_path / "spantally.toml"
    here.write_text(file.read_text().replace("/run/secrets/spantally", str(secrets)))
    digests = dict(line.split("=") for line in (secrets / "digests.env").read_text().split())
    settings = load_settings(here, environment=digests, with_files=True)
    ports = {settings.otlp_grpc.port, settings.otlp_http.port, settings.query.port}
    container = BY_KIND["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]
    assert ports == {each["containerPort"] for each in container["ports"]}
    pod = BY_KIND["StatefulSet"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > settings.drain_grace_s + 10


def test_every_key_of_a_secret_is_one_that_make_secrets_writes(secrets: Path) -> None:
    patched = objects(FOLDER / "overlays" / "clickhouse" / "server.yaml")
    volumes = re.findall(r'"items": \[\{"key": "(\w+)"', json.dumps([*ALL, *patched]))
    credentials = BY_KIND["ServiceMonitor"]["spec"]["endpoints"][0]["authorization"]["credentials"]
    assert volumes
    for key in {*volumes, credentials["key"]}:
        assert (secrets / key).is_file()


def test_the_jobs_do_what_they_are_for(secrets: Path, tmp_path: Path) -> None:
    """On a server, with the password in the file where the job has it."""
    server = ClickHouseServer(tmp_path / "server")
    jobs = BY_KIND["Job"]["spec"], BY_KIND["CronJob"]["spec"]["jobTemplate"]["spec"]
    said: list[str] = []
    with served(server) as url:
        for job in jobs:
            (container,) = job["template"]["spec"]["containers"]
            (variable,) = container["env"]
            assert variable["name"] == "SPANTALLY_STORE"
            store = variable["value"].replace("clickhouse:8123", url.removeprefix("http://"))
            store = store.replace("/run/secrets/spantally", str(secrets))
            result = CliRunner().invoke(main, container["args"], env={"SPANTALLY_STORE": store})
            assert result.exit_code == 0, result.output
            said.append(result.output)
    server.close()
    assert "applied schema/0001_llm_spans.sql" in said[0]
    assert said[1] == "Nothing changed since the last time.\n"
