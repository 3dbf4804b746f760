"""JSON of others: odd encodings are read, and a value of the wrong type is an absent value."""

from __future__ import annotations

import json

import pytest
from spantally._json import count, parse_object

DOCUMENT = {"model": "gpt-5", "name": "Zoë"}


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
    (None, None), ("7", None), (float("inf"), None), (float("nan"), None), ([7], None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), COUNTS)
def test_a_count_is_a_whole_number_of_at_least_zero(value: object, expected: int | None) -> None:
    found = count({"n": value}, "n")
    assert found == expected
    assert type(found) is type(expected)
