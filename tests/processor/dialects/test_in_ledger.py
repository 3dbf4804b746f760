"""Recorded spans through a running processor: into the ledger, each call counted once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from spantally_processor.app import App
from spantally_processor.dialects import read_span
from spantally_processor.errors import ConfigError
from support.otlp import a_call, a_request
from support.processor import Processor, running, settings_in
from support.recorded_spans import FOLDER, names, spans_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def processor(tmp_path: Path) -> Iterator[Processor]:
    with running(settings_in(tmp_path)) as processor:
        yield processor


def send(processor: Processor, *recordings: str) -> None:
    for name in recordings:
        body = (FOLDER / f"{name}.json").read_bytes()
        assert processor.post(body, content_type="application/json").status_code == 200
    processor.settle()


def test_every_recorded_span_is_in_the_ledger_under_its_dialect(processor: Processor) -> None:
    send(processor, *names())

    spans = [span for name in names() for view in spans_of(name) if (span := read_span(view))]
    rows = processor.rows("select dialect, role, count() from llm_spans final group by all")
    assert {row[:2]: row[2] for row in rows} == Counter(
        (span.dialect, span.role.value) for span in spans
    )
    reported = processor.rows(
        "select reported_cost_source, count() from llm_spans final"
        " where reported_cost is not null group by all"
    )
    assert dict(reported) == Counter(
        span.reported_cost_source for span in spans if span.reported_cost is not None
    )


def test_the_sdks_own_spans_count_before_an_instrumentations(processor: Processor) -> None:
    send(processor, "opentelemetry-instrumentation-genai-anthropic-1.3b0")

    assert processor.rows(
        "select verdict, scope, count() from counting_verdicts group by all order by all"
    ) == [
        ("counted", "com.anthropic.sdk.python", 2),
        ("duplicate", "opentelemetry.instrumentation.genai.anthropic", 2),
    ]


def test_calls_that_everybody_saw_are_as_many_as_the_provider_answered(
    processor: Processor,
) -> None:
    send(processor, "spantally-0.1.0-together")

    assert processor.rows("select rank, count() from llm_calls group by all") == [(3, 5)]


def test_what_an_emitter_does_not_see_makes_its_cost_a_lower_bound(processor: Processor) -> None:
    send(processor, "openinference-instrumentation-anthropic-0.1.18")

    assert processor.rows(
        "select streaming, pricing_status, unpriced_reason, cost > 0 from llm_spans order by all"
    ) == [(False, "priced", "", 1), (True, "partially_priced", "cached_tokens", 1)]


def test_the_rules_of_a_file_make_tags_in_the_ledger_and_keep_what_lost(tmp_path: Path) -> None:
    """The app's spans and a gateway's, the second time around as well: no form of them is reused."""
    file = tmp_path / "owners.toml"
    file.write_text("""
[attribution]
gateways = ["litellm"]
[attribution.headers]
x-team = "team"
[attribution.services.shop]
trusted = ["explicit", "key", "resource"]
""")
    calls = [
        a_call(**{"litellm.team.alias": team, "http.request.header.x-team": "sales"})
        for team in ("growth", "growth", "search")
    ]
    with running(settings_in(tmp_path / "data", attribution=file)) as processor:
        processor.post(a_request(*calls).SerializeToString())
        processor.settle()

        assert processor.rows(
            "select team, tag_sources['team'], tag_conflicts['team'], count()"
            " from llm_spans group by all order by all"
        ) == [
            ("growth", "key", ["header=sales"], 2),
            ("search", "key", ["header=sales"], 1),
        ]


def test_a_fault_in_the_rules_keeps_the_processor_from_starting(tmp_path: Path) -> None:
    file = tmp_path / "owners.toml"
    file.write_text("[attribution.header]")

    with pytest.raises(ConfigError, match="did you mean 'headers'"):
        App(settings_in(tmp_path / "data", attribution=file))
