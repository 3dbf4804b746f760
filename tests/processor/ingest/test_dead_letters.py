"""What was refused for good is kept, shown, and delivered again where it was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from click.testing import CliRunner
from spantally_processor.cli import main
from spantally_processor.config import Target
from support.backend import Backend, a_backend
from support.otlp import a_call, a_request
from support.processor import AWAY, Processor, running, settings_in, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def backend() -> Iterator[Backend]:
    with a_backend() as backend:
        yield backend


def ask(folder: Path, *arguments: str) -> Any:
    command, *rest = arguments
    return CliRunner().invoke(main, ["dead-letters", command, "--data", str(folder), *rest])


def refused(processor: Processor, backend: Backend, spans: int = 2) -> list[bytes]:
    """Sends spans that the backend refuses for good; returns their ids."""
    backend.status = 400
    sent = [a_call() for _ in range(spans)]
    for span in sent:
        assert processor.post(a_request(span).SerializeToString()).status_code == 200
    until(lambda: processor.metric("spantally_spans_quarantined_total") == spans)
    backend.status = 200
    return [span.span_id for span in sent]


def test_a_replay_goes_to_where_it_was_refused_and_nowhere_else(
    tmp_path: Path, backend: Backend
) -> None:
    with (
        a_backend() as other,
        running(
            settings_in(
                tmp_path, store=AWAY, forward=(Target(url=backend.url), Target(url=other.url))
            )
        ) as processor,
    ):
        sent = refused(processor, backend)
        until(lambda: len(other.spans) == 2)
        kept = processor.metric("spantally_spool_bytes")

        assert ask(tmp_path, "replay", "1").output == "replay: 1 asked for\n"
        until(lambda: len(backend.spans) == 1)
        assert ask(tmp_path, "replay", "--all").output == "replay: 1 asked for\n"
        until(lambda: len(backend.spans) == 2)
        processor.post(a_request(later := a_call()).SerializeToString())
        until(lambda: len(backend.spans) == len(other.spans) == 3)

        assert [span.span_id for span in backend.spans] == [*sent, later.span_id]
        assert processor.metric("spantally_spans_replayed_total") == 2
        pending = processor.metrics()
        assert (
            pending[f'spantally_spans_pending{{destination="forward:{backend.url}/v1/traces"}}']
            == 0
        )
        assert processor.metric("spantally_spool_bytes") == kept / 4 * 3  # for the ledger
    assert "no dead letters" in ask(tmp_path, "list").output


def test_what_is_asked_for_while_nobody_runs_is_done_at_the_next_start(
    tmp_path: Path, backend: Backend
) -> None:
    target = Target(url=backend.url)
    with running(settings_in(tmp_path, store=AWAY, forward=(target,))) as processor:
        refused(processor, backend, spans=3)

    assert ask(tmp_path, "drop", "2").exit_code == 0
    assert ask(tmp_path, "replay", "1").exit_code == 0
    letters = [orjson.loads(line) for line in ask(tmp_path, "list", "--json").output.splitlines()]
    assert [(letter["number"], letter["wish"]) for letter in letters] == [
        (1, "replay"),
        (2, "drop"),
        (3, ""),
    ]

    with running(settings_in(tmp_path, store=AWAY, forward=(target,))):
        until(lambda: len(backend.spans) == 1)
    (left,) = ask(tmp_path, "list").output.splitlines()
    assert left.startswith("3  ")


def test_what_is_refused_again_is_a_dead_letter_again(tmp_path: Path, backend: Backend) -> None:
    target = Target(url=backend.url)
    with running(settings_in(tmp_path, store=AWAY, forward=(target,))) as processor:
        refused(processor, backend, spans=1)
        backend.status = 400
        ask(tmp_path, "replay", "--all")
        until(lambda: processor.metric("spantally_spans_quarantined_total") == 2)

    (letter,) = ask(tmp_path, "list").output.splitlines()
    assert letter.startswith("2  ")


def test_one_is_shown_with_its_reason_and_its_spans(tmp_path: Path, backend: Backend) -> None:
    target = Target(url=backend.url)
    with running(settings_in(tmp_path, store=AWAY, forward=(target,))) as processor:
        (sent,) = refused(processor, backend, spans=1)

    shown = ask(tmp_path, "show", "1").output
    assert "answered 400" in shown
    assert f"{sent.hex()} chat gpt-5" in shown


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("show", "7"), 1), (("replay", "7"), 1), (("replay",), 2), (("drop", "1", "--all"), 2)],
)
def test_what_is_not_there_is_said(tmp_path: Path, arguments: tuple[str, ...], status: int) -> None:
    with running(settings_in(tmp_path, store=AWAY)):
        assert ask(tmp_path, *arguments).exit_code == status
    assert ask(tmp_path / "elsewhere", "list").exit_code == 3
