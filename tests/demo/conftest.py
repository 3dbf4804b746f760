"""A stand-in for each test, and the providers' real clients pointed at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anthropic
import openai
import pytest
from support.standin import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULTS = (
    "rate_limit=too busy once",
    "server_error=always broken",
    "slow=takes its time",
    "cut=line drops",
)


@pytest.fixture
def standin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("ANTHROPIC_OPEN_TELEMETRY", "false")
    with StandIn(tmp_path / "journal.jsonl", FAULTS) as running:
        for name, value in running.client_env.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def gpt(standin: StandIn) -> Iterator[openai.OpenAI]:
    with openai.OpenAI() as client:
        yield client


@pytest.fixture
def claude(standin: StandIn) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic() as client:
        yield client
