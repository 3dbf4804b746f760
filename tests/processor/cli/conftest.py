"""A ledger, and the command line over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spantally_processor.store import open_store
from support.command import Spantally
from support.new_ledger import new_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spantally_processor.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated ledger in the data folder."""
    opened = open_store(new_ledger(tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def spantally(tmp_path: Path) -> Spantally:
    """The command over the same data folder."""
    return Spantally(str(tmp_path))
