"""The names of a span's tags, read from its attributes as they were sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from spantally_processor.ledger.tag_sets import tag_keys_of

names = st.from_regex(r"[a-z0-9][a-z0-9_.\-]{0,62}", fullmatch=True)
values = st.text(max_size=200)


@given(st.dictionaries(names, values, max_size=6), st.dictionaries(st.text(max_size=80), values))
def test_the_names_of_tags_are_found_among_any_attributes(
    tags: dict[str, str], others: dict[str, str]
) -> None:
    others = {
        name: value for name, value in others.items() if not name.startswith("spantally.tag.")
    }
    attributes = {**others, **{f"spantally.tag.{key}": value for key, value in tags.items()}}
    pairs = [
        KeyValue(key=name, value=AnyValue(string_value=value)).SerializeToString()
        for name, value in attributes.items()
    ]
    assert tag_keys_of(pairs) == tuple(tags)
