"""What the tests of the pricing package share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spantally_pricing import RateTable

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
