"""The Collector's configurations, as far as can be told without one: `make check-collector` runs them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from collector.configurations import FOLDER, KINDS, MANIFEST, NAMES, component, components
from spantally_processor.dialects import dialect_of, views
from support import recorded_spans
from support.otlp import a_request, a_span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spantally_processor.dialects import SpanView

TEXTS = {name: (FOLDER / f"{name}.yaml").read_text() for name in NAMES}
README = (FOLDER / "README.md").read_text()

each_configuration = pytest.mark.parametrize("name", NAMES)


def parts(name: str, kind: str) -> dict[str, Any]:
    return yaml.safe_load(TEXTS[name]).get(kind, {})


@each_configuration
def test_what_is_defined_is_used(name: str) -> None:
    service = yaml.safe_load(TEXTS[name])["service"]
    pipelines = service["pipelines"].values()

    assert set(parts(name, "extensions")) == set(service["extensions"])
    for kind in KINDS[1:]:
        assert set(parts(name, kind)) == {it for line in pipelines for it in line.get(kind, ())}


def test_the_manifest_has_what_the_configurations_name_and_nothing_else() -> None:
    modules = {
        component(entry["gomod"].partition(" ")[0])
        for kind in KINDS
        for entry in yaml.safe_load(MANIFEST.read_text())[kind]
    }
    assert modules == {it for name in NAMES for it in components(name)}


@each_configuration
def test_every_variable_is_in_the_readme_with_its_default(name: str) -> None:
    variables = dict(re.findall(r"\$\{env:(\w+):-([^}]*)\}", TEXTS[name]))
    rows = [line for line in README.splitlines() if line.startswith("| `")]

    assert set(variables) == set(re.findall(r"\$\{env:(\w+)", TEXTS[name]))
    for variable, default in variables.items():
        (row,) = [row for row in rows if f"`{variable}`" in row.split("|")[1]]
        assert f"`{default}`" in row if default else "| none |" in row


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"kafka-out"}))
def test_exporters_queue_on_disk_and_never_give_up(name: str) -> None:
    assert parts(name, "extensions")["file_storage/queue"]["fsync"] is True
    for exporter in parts(name, "exporters").values():
        assert exporter["sending_queue"]["storage"] == "file_storage/queue"
        assert exporter["retry_on_failure"]["max_elapsed_time"] == 0


def test_behind_kafka_a_message_is_done_when_the_processor_has_it() -> None:
    (exporter,) = parts("kafka-out", "exporters").values()
    (receiver,) = parts("kafka-out", "receivers").values()

    assert exporter["sending_queue"] == exporter["retry_on_failure"] == {"enabled": False}
    assert receiver["message_marking"]["after"] is True
    assert receiver["message_marking"]["on_error"] is False
    assert receiver["message_marking"]["on_permanent_error"] is False
    assert receiver["error_backoff"]["max_elapsed_time"] == 0


def left_out_by_the_fork(spans: Iterable[SpanView]) -> list[str]:
    """Names of the spans that a dialect reads and the fork's condition does not let through."""
    (condition,) = parts("fork", "processors")["filter/genai"]["trace_conditions"]
    names = frozenset(re.findall(r'span\.attributes\["(.+?)"\] != nil', condition))
    (pattern,) = re.findall(r'IsMatch\(scope\.name, "(.+?)"\)', condition)
    scopes = re.compile(pattern.replace(r"\\", "\\"))
    return [
        span.message.name
        for span in spans
        if dialect_of(span) and not span.has_any(names) and not scopes.search(span.scope)
    ]


@pytest.mark.parametrize("recording", recorded_spans.names())
def test_the_fork_sends_the_processor_every_recorded_span_that_it_reads(recording: str) -> None:
    assert left_out_by_the_fork(recorded_spans.spans_of(recording)) == []


@pytest.mark.parametrize(
    ("attribute", "scope"),
    [
        ("model", "com.anthropic.claude_code.tracing"),
        ("cache_read_tokens", "another"),
        ("gen_ai.usage.input_tokens.cached", "sentry"),
        ("gen_ai.usage.output_tokens.reasoning", "sentry"),
        ("gen_ai.cost.total_tokens", "sentry"),
        ("gen_ai.request.model", "xai_sdk.chat"),
        ("llm.openai.id", "litellm"),
    ],
)
def test_the_fork_sends_what_was_not_recorded_too(attribute: str, scope: str) -> None:
    spans = list(views(a_request(a_span({attribute: "1"}), scope=scope).resource_spans))

    assert dialect_of(spans[0])
    assert left_out_by_the_fork(spans) == []


def test_without_go_the_check_says_what_it_could_not_check_and_ends_well() -> None:
    run = Path(__file__).resolve().parents[1] / "collector" / "run.py"

    done = subprocess.run(
        [sys.executable, run], env={"PATH": ""}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    for chain in ("validate", "chain", "fork", "twice", "backlog", "load-balancing", "kafka"):
        assert f"? {chain}: there is no Go" in done.stdout
