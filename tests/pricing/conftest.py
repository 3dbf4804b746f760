"""What the tests of the pricing package share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable
from support.contracted_rates import CONTRACT, LIST
from support.made_up_card import CARD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def table() -> RateTable:
    return RateTable.bundled()


@pytest.fixture
def rate_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a rate file of provider `acme` (or of the header given) and returns its path."""

    def write(body: str, *, name: str = "acme.toml", header: str | None = None) -> Path:
        top = (
            'schema = "rates/1"\nprovider = "acme"\ncurrency = "USD"\n'
            if header is None
            else header
        )
        path = tmp_path / name
        path.write_text(top + body, encoding="utf-8")
        return path

    return write


@pytest.fixture
def table_of(rate_file: Callable[..., Path]) -> Callable[[str], RateTable]:
    """A table of one file of provider `acme`."""
    return lambda body: RateTable.of_files([rate_file(body)])


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> RateTable:
    path = tmp_path_factory.mktemp("rates") / "acme.toml"
    path.write_text(f'schema = "rates/1"\nprovider = "acme"\ncurrency = "USD"\n{CARD}')
    return RateTable.of_files([path])


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> RateTable:
    path: Path = tmp_path_factory.mktemp("list") / "acme.toml"
    path.write_text(LIST)
    return RateTable.of_files([path])


@pytest.fixture(scope="module")
def contracted(listed: RateTable, tmp_path_factory: pytest.TempPathFactory) -> RateTable:
    path: Path = tmp_path_factory.mktemp("contract") / "contract.toml"
    path.write_text(CONTRACT)
    return listed.with_files([path])
