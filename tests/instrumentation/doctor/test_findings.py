"""What the doctor says about surroundings that are made for it."""

from __future__ import annotations

from typing import Any

import pytest
from spantally.doctor import _hooks, _others, _propagation, _recording, _settings
from spantally.doctor.__main__ import as_text, surroundings
from spantally.doctor._findings import Finding, Level, Surroundings, worst

SET_UP = (
    ("opentelemetry_distro", "distro", "opentelemetry-distro"),
    ("opentelemetry_configurator", "configurator", "opentelemetry-distro"),
    ("opentelemetry_pre_instrument", "spantally", "spantally"),
    ("opentelemetry_instrumentor", "spantally-httpx", "spantally"),
    ("opentelemetry_instrumentor", "httpx", "opentelemetry-instrumentation-httpx"),
    ("opentelemetry_instrumentor", "threading", "opentelemetry-instrumentation-threading"),
)
INSTRUMENTOR = "opentelemetry_instrumentor"


def around(
    *installed: str, more: tuple[tuple[str, str, str], ...] = (), **environ: str
) -> Surroundings:
    return Surroundings(environ, dict.fromkeys(("httpx", *installed), "1.0"), SET_UP + more)


def examined(surroundings: Surroundings) -> list[Finding]:
    checks: tuple[Any, ...] = (_hooks, _others, _propagation, _recording, _settings)
    return [finding for check in checks for finding in check.check(surroundings)]


def test_a_sound_environment_has_nothing_to_correct() -> None:
    found = examined(around(SPANTALLY_HASH_KEY="made-up"))
    assert worst(found) is Level.OK, found


@pytest.mark.parametrize(
    ("environ", "what", "do"),
    [
        ({"OTEL_SDK_DISABLED": "true"}, "no call is recorded", "unset"),
        ({"OTEL_TRACES_EXPORTER": "none"}, "no span reaches", "otlp"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "no span reaches", "otlp"),
        ({"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "10"}, "dropped", "64"),
        ({"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "100"}, "cut", "4096"),
        ({"OTEL_PROPAGATORS": "tracecontext"}, "tags do not travel", "tracecontext,baggage"),
        ({"OTEL_PROPAGATORS": "b3,baggage"}, "traces do not travel", "tracecontext,baggage"),
        ({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "spantally-httpx"}, "not seen", "spantally-httpx"),
        ({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "threading"}, "threads", "threading"),
        ({"SPANTALLY_TAG": "team=a"}, "SPANTALLY_TAG is no setting", "SPANTALLY_TAGS?"),
        ({"SPANTALLY_STRIP_TAG_HEADERS": "yep"}, "counts as off", "true or false"),
        ({"SPANTALLY_PROVIDER_METADATA": "opnai"}, "no provider 'opnai'", "openai?"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_fault_of_the_environment_is_named_with_what_to_do(
    environ: dict[str, str], what: str, do: str
) -> None:
    before = examined(around())
    (found,) = [
        finding
        for finding in examined(around(**environ))
        if finding not in before and finding.level is Level.FINDING
    ]
    assert what in found.what
    assert do in found.do


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SPANTALLY_TAGS", "team=a,payments", "'payments'"),
        ("SPANTALLY_TAGS", "cost centre=7", "'cost centre'"),
        ("SPANTALLY_HOSTS", "gw.example=openia", "did you mean 'openai'"),
        ("SPANTALLY_TRUSTED_SOURCES", "our network", "'our network'"),
        ("SPANTALLY_HOSTS", "http://=openai", "expected a host, got 'http://'"),
        ("SPANTALLY_TAG_HEADERS", "X Team,X-Feature", "'X Team'"),
        ("SPANTALLY_INTERNAL_HOSTS", "*", "all but providers get tags"),
    ],
)
def test_faulty_values_of_our_own_settings_are_findings_every_time(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    for _ in range(2):
        found = [f.what for f in _settings.check(around()) if f.level is Level.FINDING]
        assert [said in what for what in found] == [True]


def test_a_setting_of_the_processor_is_only_noted() -> None:
    (found,) = [f for f in _settings.check(around(SPANTALLY_STORE="x")) if "STORE" in f.what]
    assert found.level is Level.NOTE


def test_sampling_is_a_note_since_llm_spans_do_not_depend_on_it() -> None:
    (found,) = _recording.check(
        around(OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.1")
    )
    assert found.level is Level.NOTE
    assert "recorded all the same" in found.what


def test_overlapping_instrumentations_are_named_and_so_are_the_names_that_they_share() -> None:
    packages = {
        "opentelemetry-instrumentation-genai-openai": "OpenTelemetry's official",
        "opentelemetry-instrumentation-openai": "Traceloop",
        "openinference-instrumentation-openai": "OpenInference",
        "openlit": "OpenLIT",
        "langfuse": "Langfuse",
    }
    shared = tuple((INSTRUMENTOR, "openai", name) for name in packages if name.endswith("-openai"))
    found = list(_others.check(around(*packages, more=shared)))
    for name, family in packages.items():
        assert [f for f in found if f.what.startswith(family) and name in f.what], name
    (both,) = [f for f in found if "under the name 'openai'" in f.what]
    assert "switches all of them off" in both.do
    assert worst(found) is Level.NOTE


def test_opentelemetrys_own_instrumentations_of_http_are_no_overlap() -> None:
    (found,) = _others.check(around("opentelemetry-instrumentation-httpx"))
    assert found.level is Level.OK


def test_a_server_that_is_not_instrumented_loses_the_tags_of_its_callers() -> None:
    (found,) = [f for f in _propagation.check(around("flask")) if f.level is Level.FINDING]
    assert "flask" in found.what
    assert "opentelemetry-instrumentation-flask" in found.do
    on = ((INSTRUMENTOR, "flask", "opentelemetry-instrumentation-flask"),)
    assert worst(_propagation.check(around("flask", more=on))) is Level.OK


def test_an_sdk_that_traces_itself_is_named_with_how_to_keep_prompts_out() -> None:
    (found,) = _others.check(around("xai-sdk"))
    assert "xAI's SDK itself" in found.what
    assert "XAI_SDK_DISABLE_SENSITIVE_TELEMETRY_ATTRIBUTES=1" in found.do


def test_without_a_distro_nothing_would_be_recorded() -> None:
    bare = Surroundings({}, {"httpx": "1.0"}, SET_UP[2:])
    assert len([f for f in _hooks.check(bare) if "no span is recorded" in f.what]) == 2


def test_this_environment_is_read() -> None:
    here = surroundings()
    assert here.packages["spantally"]
    assert ("spantally-httpx", "spantally") in here.instrumentors()
    assert ("opentelemetry_pre_instrument", "spantally", "spantally") in here.entry_points


def test_text_has_the_worst_of_a_section_first() -> None:
    found = [
        Finding("hooks", Level.OK, "a is fine"),
        Finding("hooks", Level.FINDING, "b is not", "mend b"),
    ]
    assert as_text(found).splitlines() == [
        "Which calls are seen",
        "  FIX   b is not",
        "        -> mend b",
        "  ok    a is fine",
        "",
        "1 to correct.",
    ]
