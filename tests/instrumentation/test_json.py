"""JSON of others: odd encodings are read, and a value of the wrong type is an absent value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spantally import _json
from spantally._json import count, parse_object

if TYPE_CHECKING:
    from collections.abc import Callable

PARSERS = [_json.parse, _json.parse_with_json]
"""With jiter, which is installed here, and without."""

DOCUMENT = {"model": "gpt-5", "name": "Zoë"}


@pytest.fixture(autouse=True, params=PARSERS, ids=["jiter", "json"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_json, "parse", request.param)


def test_the_quicker_parser_is_used_where_an_sdk_brings_it() -> None:
    assert PARSERS[0] is not PARSERS[1]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("encode", [str.encode, str], ids=["bytes", "text"])
@settings(max_examples=30)
@given(document=st.dictionaries(st.text(), values), ascii_only=st.booleans())
def test_an_object_is_read_as_it_was_written_to_the_last_digit(
    encode: Callable[[str], bytes | str], document: dict[str, object], ascii_only: bool
) -> None:
    found = parse_object(encode(json.dumps(document, ensure_ascii=ascii_only)))
    assert repr(found) == repr(document)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_an_object_is_read_however_it_is_encoded(encoding: str) -> None:
    text = json.dumps(DOCUMENT, ensure_ascii=False)
    assert parse_object(text.encode(encoding)) == DOCUMENT


def test_half_a_character_does_not_hide_the_rest() -> None:
    assert parse_object(b'{"text": "\xed\xa0\x80", "model": "gpt-5"}') == {
        "text": "\ud800",
        "model": "gpt-5",
    }


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"{", "{", "7"])
def test_what_is_no_object_is_none(content: bytes | str) -> None:
    assert parse_object(content) is None


COUNTS = [
    (0, 0), (7, 7), (7.0, 7), (7.5, None), (-1, None), (-1.0, None), (True, None), (False, None),
    (None, None), (float("inf"), None), (float("nan"), None), ([7], None),
    ("7", 7), ("0", 0), ("", None), ("-7", None), ("7.0", None), ("\u0667", None), ("9" * 19, None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), COUNTS)
def test_a_count_is_a_whole_number_of_at_least_zero(value: object, expected: int | None) -> None:
    found = count({"n": value}, "n")
    assert found == expected
    assert type(found) is type(expected)
