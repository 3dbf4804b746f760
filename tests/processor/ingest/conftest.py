"""A processor with an empty ledger for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.processor import Processor, running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def processor(tmp_path: Path) -> Iterator[Processor]:
    with running(settings_in(tmp_path)) as processor:
        yield processor
