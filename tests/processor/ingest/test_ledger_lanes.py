"""A span that is read by form comes to the row that it has when it is read in full."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from spantally_pricing import RateTable
from spantally_processor.ledger.reader import LedgerReader
from spantally_processor.otlp.lean import lean_request
from spantally_processor.pricer import Pricer
from support.calls_at_scale import a_varied_call
from support.otlp import GPT_5_CALL, NOON_NS, a_request, a_span, value

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span
    from spantally_processor.ledger.rows import SpanRow

CONTRACT = """
schema = "contract/1"
provider = "openai"
[[discount]]
id = "volume"
from = 2026-01-01T00:00:00Z
factor = 0.75
on = "tokens"
[[model]]
id = "gpt-5"
  [[model.rates]]
  from = 2026-11-18T11:59:30Z
  input = 1
  output = 7
"""

USAGE = "gen_ai.usage."
REASONING = "gen_ai.usage.reasoning.output_tokens"
COUNTS = st.one_of(
    st.sampled_from([0, 1, 199_999, 200_001, 272_001, 300_000]),
    st.integers(0, 1_000_000),
    st.sampled_from([-1, 10**12, 10**12 + 1, 2**62, "12", "many", 3.0, 3.5, True, []]),
)
TEXTS = st.sampled_from(["", "acme", "growth", "ünïcode", "x" * 130, 7, True])

STABLE = st.fixed_dictionaries(
    {},
    optional={
        "gen_ai.operation.name": st.sampled_from(["chat", "invoke_agent", "embeddings", "plan"]),
        "gen_ai.provider.name": st.sampled_from(["openai", "anthropic", "gcp.gemini", "nobody"]),
        "gen_ai.request.model": st.sampled_from(["gpt-5", "claude-sonnet-4-5", "gemini-2.5-pro"]),
        "gen_ai.response.model": st.sampled_from(["gpt-5-2025-08-07", "deepseek-chat", "mystery"]),
        "spantally.provider.source": st.sampled_from(["host", "unknown"]),
        "spantally.usage.source": st.sampled_from(["provider", "partial", "not_billed"]),
        "spantally.service_tier": st.sampled_from(["default", "flex", "batch", "priority", "moon"]),
        "http.response.status_code": st.sampled_from([200, 429]),
        "error.type": st.sampled_from(["timeout", "500"]),
        "openinference.span.kind": st.just("LLM"),
        "some.other": st.integers(0, 3),
        "spantally.stated_cost.usd": st.sampled_from(["0.01", "free"]),
    },
)
VOLATILE = st.fixed_dictionaries(
    {},
    optional={
        USAGE + "input_tokens": COUNTS,
        USAGE + "prompt_tokens": COUNTS,
        USAGE + "output_tokens": COUNTS,
        USAGE + "cache_read.input_tokens": COUNTS,
        USAGE + "cache_creation.input_tokens": COUNTS,
        "spantally.usage.cache_write_1h.input_tokens": COUNTS,
        REASONING: COUNTS,
        USAGE + "audio.input_tokens": COUNTS,
        "spantally.usage.web_search.requests": st.integers(0, 3),
        "gen_ai.response.id": TEXTS,
        "gen_ai.response.time_to_first_chunk": st.sampled_from([0.5, -1.0, float("nan"), 1, "1"]),
        "spantally.tag.team": TEXTS,
        "spantally.tag.user": TEXTS,
        "spantally.tag.tier": TEXTS,
        "thread.name": TEXTS,
        "spantally.tag_sources": st.sampled_from(["team=env,user=baggage", "", "team=explicit"]),
    },
)


@st.composite
def similar_spans(draw: st.DrawFn) -> list[Span]:
    """Spans with few sets of names, so that most are like an earlier one."""
    stable = draw(STABLE) | (dict(GPT_5_CALL) if draw(st.booleans()) else {})
    names = list(stable | draw(VOLATILE))
    spans: list[Span] = []
    for _ in range(draw(st.integers(2, 6))):
        others = draw(STABLE) if draw(st.integers(0, 3)) == 0 else {}
        values = {**stable, **others, **draw(VOLATILE)}
        span = a_span({name: values[name] for name in names if name in values}, name="chat")
        span.start_time_unix_nano = NOON_NS + draw(st.sampled_from([-60, -30, 0, 1])) * 10**9
        span.end_time_unix_nano = NOON_NS + draw(st.integers(0, 10**10))
        if names and draw(st.integers(0, 9)) == 0:  # a name that is there twice
            span.attributes.append(KeyValue(key=draw(st.sampled_from(names)), value=value(5)))
        spans.append(span)
    return spans


@pytest.fixture(scope="module")
def contracted(tmp_path_factory: pytest.TempPathFactory) -> Pricer:
    path: Path = tmp_path_factory.mktemp("rates") / "contract.toml"
    path.write_text(CONTRACT)
    return Pricer(RateTable.load([path]))


BUNDLED = Pricer(RateTable.bundled())


def rows(reader: LedgerReader, spans: list[Span], **resource: str) -> list[SpanRow]:
    request = a_request(*spans, resource={"service.name": "shop"} | resource)
    (read,) = reader.rows(lean_request(request.SerializeToString()))
    return read


def comparable(row: SpanRow) -> object:
    """What the ledger shows of a row: what a shared span says of itself alone is taken out."""
    call = row.call
    if call is None:
        return row
    span = call.like.span
    meters = () if span.usage is None else tuple(span.usage)
    own = {"trace_id": "", "span_id": "", "parent_span_id": "", "start_ns": 0, "end_ns": 0}
    shared = replace(span, **own, usage=None, tags={}, response_id="", time_to_first_chunk_s=None)
    priced = call.like
    outcome = (priced.status, priced.reason, priced.cost_source, priced.stated_differs)
    rest = tuple(call._replace(like=None))  # type: ignore[arg-type]
    return row._replace(call=None), shared, meters, outcome, repr(rest)


@settings(max_examples=150, deadline=None)
@given(spans=similar_spans(), has_contract=st.booleans())
def test_both_lanes_come_to_the_same_rows(
    contracted: Pricer, spans: list[Span], has_contract: bool
) -> None:
    pricer = contracted if has_contract else BUNDLED
    by_form, in_full = LedgerReader(pricer), LedgerReader(pricer, in_full=True)
    for _ in range(2):
        read = rows(by_form, spans)
        assert list(map(comparable, read)) == list(map(comparable, rows(in_full, spans)))


def test_spans_that_differ_in_counts_ids_times_and_tags_share_what_was_read(
    contracted: Pricer,
) -> None:
    chance = random.Random(5)  # noqa: S311
    for pricer in (BUNDLED, contracted):
        reader = LedgerReader(pricer)
        spans = [a_varied_call(chance)[0] for _ in range(400)]
        likes = {id(row.call.like) for row in rows(reader, spans) if row.call is not None}
        # Two models, two shapes; at most three kinds of use each; with or without zero portions.
        assert len(likes) < 60


def test_amounts_by_form_are_the_published_rates(contracted: Pricer) -> None:
    chance = random.Random(6)  # noqa: S311
    reader = LedgerReader(BUNDLED)
    made = [a_varied_call(chance) for _ in range(200)]
    read = rows(reader, [span for span, _ in made])
    assert [row.call.cost for row in read if row.call is not None] == [
        int(cost * 10**18) for _, cost in made
    ]


def test_the_resource_is_part_of_what_tags_depend_on() -> None:
    reader = LedgerReader(BUNDLED)
    calls = [a_span(GPT_5_CALL), a_span(GPT_5_CALL)]
    for environment in ("production", "staging", "production"):
        read = rows(reader, calls, **{"deployment.environment.name": environment})
        assert {row.call.tags.values for row in read if row.call is not None} == {(environment,)}


def test_names_in_another_order_or_at_another_place_are_another_shape() -> None:
    tags = {"spantally.tag.team": "a", "spantally.tag.user": "b"}
    swapped = {"spantally.tag.user": "b", "spantally.tag.team": "a"}
    other = {"spantally.tag.team": "a", "spantally.tag.task": "b"}
    ignored, counted = {"team": "a", "n": 7}, {"team": "a", REASONING: 7}
    sources = {"spantally.tag.team": "a", "spantally.tag_sources": "team=env"}
    extras = (tags, swapped, other, ignored, counted, sources)
    reader, in_full = LedgerReader(BUNDLED), LedgerReader(BUNDLED, in_full=True)
    for extra in (*extras, *reversed(extras), *extras):
        spans = [a_span({**GPT_5_CALL, **extra})]
        assert list(map(comparable, rows(reader, spans))) == list(
            map(comparable, rows(in_full, spans))
        )


def test_aggregates_and_other_spans_go_the_same_way() -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 5}
    reader = LedgerReader(BUNDLED)
    for _ in range(2):
        agents, others = rows(reader, [a_span(agent)]), rows(reader, [a_span({"x": 1})])
        assert others[0].call is None
        assert agents[0].call is not None
        assert agents[0].call.cost is None


def test_spans_that_are_all_different_stop_being_learnt() -> None:
    reader = LedgerReader(BUNDLED)
    for number in range(600):
        changes = {"gen_ai.request.model": f"model-{number}", "gen_ai.response.model": "x"}
        assert rows(reader, [a_span({**GPT_5_CALL, **changes})])[0].call is not None
    (scope,) = reader._scopes.values()
    assert [len(shape._forms) for shape in scope.shapes.values()] == [0]


@pytest.mark.parametrize("name", [*GPT_5_CALL, "http.response.status_code", "error.type"])
def test_every_value_that_a_dialect_looks_at_is_noticed(name: str) -> None:
    plain = {**GPT_5_CALL, "http.response.status_code": 200, "error.type": "timeout"}
    changes = {"gen_ai.operation.name": "embeddings", "spantally.usage.source": "partial"}
    other = {**plain, name: changes.get(name, 429 if isinstance(plain[name], int) else "other")}
    reader, in_full = LedgerReader(BUNDLED), LedgerReader(BUNDLED, in_full=True)
    for values in (plain, plain, other, plain, other):
        spans = [a_span(values)]
        assert list(map(comparable, rows(reader, spans))) == list(
            map(comparable, rows(in_full, spans))
        )
