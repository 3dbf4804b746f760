"""Where the ledger is: one rule for the server and every command."""

from __future__ import annotations

from pathlib import Path

import pytest
from spantally_processor.store import StoreError, open_store
from spantally_processor.store.location import (
    EmbeddedLocation,
    Host,
    ServerLocation,
    default_data_dir,
    parse_store_url,
    store_url,
)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("chdb:///var/ledger", EmbeddedLocation(Path("/var/ledger"), "spantally")),
        ("chdb:///with%20space/x/", EmbeddedLocation(Path("/with space/x"), "spantally")),
        ("chdb:///a?database=b", EmbeddedLocation(Path("/a"), "b")),
        ("http://h", ServerLocation((Host("h", 8123),), secure=False)),
        ("https://h", ServerLocation((Host("h", 8443),), secure=True)),
        (
            "https://u%40x:p%2Fw@h:1/costs?ca=/etc/ours.pem",
            ServerLocation(
                (Host("h", 1),),
                secure=True,
                username="u@x",
                password="p/w",
                database="costs",
                authority="/etc/ours.pem",
            ),
        ),
        (
            "http://u:p@a,b:1,[::1]:2/costs",
            ServerLocation(
                (Host("a", 8123), Host("b", 1), Host("::1", 2)),
                secure=False,
                username="u",
                password="p",
                database="costs",
            ),
        ),
    ],
)
def test_store_urls(url: str, location: object) -> None:
    assert parse_store_url(url) == location


@pytest.mark.parametrize(
    "url",
    [
        "",
        "chdb://memory",
        "chdb:relative",
        "chdb:///",
        "/just/a/path",
        "ftp://h/x",
        "http://",
        "http://h:port/x",
        "http://h:99999/x",
        "http://[::1/x",
        "http://a,,b/x",
        "http://h/x?secure=1",
    ],
)
def test_other_urls_are_refused_with_what_was_expected(url: str) -> None:
    with pytest.raises(StoreError, match=r"expected|cannot be in"):
        parse_store_url(url)


def test_a_password_may_be_in_a_file(tmp_path: Path) -> None:
    """With any character, and without the line's end that an editor leaves."""
    file = tmp_path / "password"
    file.write_text("p/w@:%2F \n")
    location = parse_store_url(f"https://u@h/costs?ca=/etc/ours.pem&password_file={file}")
    assert isinstance(location, ServerLocation)
    assert (location.username, location.password) == ("u", "p/w@:%2F ")


def test_a_password_file_that_is_not_there_or_one_too_many_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"password_file /nowhere: No such file.*expected"):
        parse_store_url("http://u@h/x?password_file=/nowhere")
    with pytest.raises(StoreError, match="give one") as refused:
        parse_store_url(f"http://u:hunter2@h/x?password_file={tmp_path}")
    assert "hunter2" not in str(refused.value)


def test_a_password_is_in_no_text() -> None:
    location = parse_store_url("https://user:hunter2@a:1,b/x")
    assert "hunter2" not in f"{location} {location!r}"
    assert str(location) == "https://a:1,b:8443/x"
    with pytest.raises(StoreError) as refused:
        parse_store_url("https://user:hunter2@h:port/x")
    assert "hunter2" not in str(refused.value)


def test_a_url_wins_over_a_folder_and_a_folder_over_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "spantally"
    assert store_url(store="http://h", data="/d") == "http://h"
    assert store_url(data="/d") == "chdb:///d/ledger"
    assert store_url() == f"chdb://{tmp_path}/spantally/ledger"
    monkeypatch.chdir(tmp_path)
    assert store_url(data="here") == f"chdb://{tmp_path}/here/ledger"


def test_a_data_folder_may_have_any_name(tmp_path: Path) -> None:
    for name in ("with space", "per%20cent", "hash#x", "amp&x=1", "uni-ü-日本"):
        location = parse_store_url(store_url(data=tmp_path / name))
        assert location == EmbeddedLocation(tmp_path / name / "ledger")
        store = open_store(store_url(data=tmp_path / name))
        assert store.migrate()
        store.close()
        assert (tmp_path / name / "ledger" / "store").is_dir()
