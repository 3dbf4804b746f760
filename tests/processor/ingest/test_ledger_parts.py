"""The lean message, serialised pairs and compiled splits agree with what they stand for."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

import pytest
from google.protobuf.message import DecodeError
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from spantally_pricing import InvalidUsage, Usage
from spantally_pricing.meters import METERS
from spantally_processor.errors import Malformed, PermanentSinkError
from spantally_processor.ledger.in_full import scaled
from spantally_processor.ledger.splits import split_of
from spantally_processor.ledger.watching import Watched
from spantally_processor.otlp.lean import lean_request
from spantally_processor.otlp.pair_columns import (
    CountColumn,
    DoubleColumn,
    NameColumn,
    TextColumn,
    Values,
)
from spantally_processor.otlp.pairs import name_of, prefix_of, text_at
from support.otlp import a_call, a_request

T = TypeVar("T")

VALUES = st.one_of(
    st.builds(AnyValue, string_value=st.text(max_size=140)),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, int_value=st.integers(0, 70_000)),
    st.builds(AnyValue, double_value=st.floats()),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue),
)


def only(read: Values[list[T]]) -> T | None:
    """The value of a column of one pair, if it was read."""
    (value,), (fits,) = read
    return value if fits else None


def counted(name: str, pair: bytes) -> int | None:
    """The pair as a count, however large."""
    values, fits = CountColumn(name, most=2**63 - 1).read([pair])
    return only(Values(values.tolist(), fits))


@given(name=st.text(max_size=140), value=VALUES)
@example(name="n" * 127, value=AnyValue(string_value="s" * 125))
@example(name="n" * 128, value=AnyValue(string_value="s" * 126))
def test_a_pair_is_read_as_the_official_class_reads_it(name: str, value: AnyValue) -> None:
    pair = KeyValue(key=name, value=value).SerializeToString()
    at = len(prefix_of(name))
    kind = value.WhichOneof("value")
    if not name:  # proto3 leaves an empty key out
        assert name_of(pair) is None
        return
    assert name_of(pair) == name
    assert pair.startswith(prefix_of(name))
    assert counted(name, pair) == (
        value.int_value if kind == "int_value" and value.int_value >= 0 else None
    )
    is_short = kind == "string_value" and len(value.string_value.encode()) < 126
    assert text_at(pair, at) == (value.string_value if is_short else None)
    assert only(TextColumn(name).read([pair])) == (value.string_value if is_short else None)
    doubles = DoubleColumn(name).read([pair])
    expected = value.double_value if kind == "double_value" else None
    assert repr(only(Values(doubles.values.tolist(), doubles.fits))) == repr(expected)


@given(
    data=st.binary(max_size=12),
    pair=st.builds(KeyValue, key=st.sampled_from(["a", "b"]), value=VALUES),
)
def test_bytes_that_are_read_at_all_are_read_right(data: bytes, pair: KeyValue) -> None:
    for raw in (prefix_of("a") + data, pair.SerializeToString() + data):
        try:
            official = KeyValue.FromString(raw)
        except DecodeError:
            continue  # such a body is not accepted
        if name_of(raw) is not None:
            assert name_of(raw) == official.key
        at = len(prefix_of("a"))
        if raw.startswith(prefix_of("a")):
            if (number := counted("a", raw)) is not None:
                assert (official.key, official.value.int_value) == ("a", number)
            if (text := only(TextColumn("a").read([raw]))) is not None:
                assert text == text_at(raw, at)
                assert (official.key, official.value.string_value) == ("a", text)


@given(values=st.lists(VALUES, min_size=1, max_size=30))
def test_a_column_is_read_as_its_pairs_are(values: list[AnyValue]) -> None:
    pairs = [KeyValue(key="a", value=value).SerializeToString() for value in values]
    pairs.insert(len(pairs) // 2, KeyValue(key="b", value=values[0]).SerializeToString())
    counts, are_counts = CountColumn("a", most=60_000).read(pairs)
    texts, are_texts = TextColumn("a").read(pairs)
    for place, pair in enumerate(pairs):
        count, text = counted("a", pair), only(TextColumn("a").read([pair]))
        assert are_counts[place] == (count is not None and count <= 60_000)
        assert not are_counts[place] or counts[place] == count
        assert (texts[place] if are_texts[place] else None) == text
    assert NameColumn("a").fits(pairs) == [pair[2:3] == b"a" for pair in pairs]


def test_the_lean_message_has_the_same_spans_and_loses_no_field() -> None:
    span = a_call()
    span.trace_state, span.flags = "vendor=1", 0x103
    span.events.add(name="an event", time_unix_nano=5)
    span.parent_span_id, span.status.code = b"p" * 8, 2
    request = a_request(span, Span())
    lean = lean_request(request.SerializeToString())
    (group,) = lean.resource_spans
    (scope_spans,) = group.scope_spans
    first, second = scope_spans.spans
    assert (scope_spans.scope.name, first.trace_id) == ("spantally", span.trace_id)
    assert (first.span_id, first.parent_span_id) == (span.span_id, span.parent_span_id)
    assert (first.start_time_unix_nano, first.end_time_unix_nano) == (
        span.start_time_unix_nano,
        span.end_time_unix_nano,
    )
    assert (first.name, first.status.code) == (span.name, 2)
    assert list(map(KeyValue.FromString, first.attributes)) == list(span.attributes)
    assert (second.trace_id, list(second.attributes), second.status.code) == (b"", [], 0)
    assert Span.FromString(first.SerializeToString()) == span


def test_what_is_no_message_is_malformed() -> None:
    with pytest.raises(Malformed):
        lean_request(b"\x0a\xff")


@given(
    counts=st.dictionaries(
        st.sampled_from(sorted(METERS)),
        st.one_of(st.integers(0, 5), st.integers(0, 10**12)),
        max_size=6,
    )
)
@example(counts={"input_tokens": 9, "cache_read_tokens": 4, "cache_write_tokens": 5})
@example(
    counts={
        "output_tokens": 9,
        "input_tokens": 9,
        "cache_write_tokens": 5,
        "cache_write_1h_tokens": 2,
        "reasoning_tokens": 9,
    }
)
def test_a_split_has_the_portions_of_the_usage(counts: dict[str, int]) -> None:
    split = split_of(tuple(counts))
    if split is None:
        return
    try:
        expected = Usage(counts).portions
    except InvalidUsage:
        assert split.portions(list(counts.values())) is None
        return
    portions = split.portions(list(counts.values()))
    assert portions is not None
    assert expected == tuple(
        (meter, portion) for meter, portion in zip(split.meters, portions, strict=True) if portion
    )


def test_the_usual_meters_have_a_split_and_those_of_media_do_not() -> None:
    usual = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
    assert split_of(usual) is not None
    assert split_of(()) is not None
    assert split_of((*usual, "input_audio_tokens")) is None
    assert split_of(("cache_read_tokens",)) is None, "a part without its whole"
    assert split_of(("no_such_meter",)) is None


@given(amount=st.decimals(-(10**15), 10**15, places=18))
def test_scaled_amounts_keep_every_digit(amount: Decimal) -> None:
    assert scaled("cost", amount, 18) == Fraction(amount) * 10**18


@pytest.mark.parametrize("amount", ["1e-19", "0.1234567890123456789", "1e20", "NaN", "Infinity"])
def test_an_amount_that_would_be_cut_is_refused(amount: str) -> None:
    with pytest.raises(PermanentSinkError, match="cost is"):
        scaled("cost", Decimal(amount), 18)


def test_watched_attributes_note_every_way_to_a_value_and_no_name() -> None:
    plain = {"a": 1, "b": 2}
    for look, seen in (
        (lambda w: w["a"], {"a"}),
        (lambda w: w.get("a"), {"a"}),
        (dict, {"a", "b"}),
        (lambda w: {**w}, {"a", "b"}),
        (lambda w: w | {}, {"a", "b"}),
        (lambda w: list(w.items()), {"a", "b"}),
        (lambda w: list(w.values()), {"a", "b"}),
        (lambda w: w.copy(), {"a", "b"}),
        (lambda w: w.pop("a"), {"a"}),
        (lambda w: w == {}, {"a", "b"}),
        (lambda w: "a" in w, set[str]()),
        (list, set[str]()),
        (lambda w: frozenset(("a", "c")).isdisjoint(w), set[str]()),
    ):
        watched = Watched(plain)
        look(watched)
        assert seen <= watched.looked_at, (look, watched.looked_at)
        if not seen:
            assert not watched.looked_at
