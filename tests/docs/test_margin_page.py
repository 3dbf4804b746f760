"""The CSV files of the page can be imported, and its questions asked."""

from __future__ import annotations

import re
from pathlib import Path

from spantally_processor.store import open_store
from support.command import Spantally
from support.ledger import a_call, book

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "margin-and-outcomes.md"


def test_the_files_of_the_page_are_imported_and_its_questions_answered(tmp_path: Path) -> None:
    text = PAGE.read_text()
    files = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    commands = re.findall(r"^    spantally (import \w+) (\S+)(.*)$", text, re.MULTILINE)
    queries = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert len(files) == len(commands) == len(queries) == 3
    store = open_store(f"chdb://{tmp_path}/ledger")
    try:
        store.migrate()
        book(
            store,
            [
                a_call(
                    customer="acme",
                    workflow="concierge",
                    trace_id="0af7651916cd43dd8448eb211c80319c",
                )
            ],
        )
        for content, (command, name, options) in zip(files, commands, strict=True):
            (tmp_path / name).write_text(content)
            Spantally(str(tmp_path)).run(*command.split(), str(tmp_path / name), *options.split())
        answers = [store._engine.rows(query) for query in queries]  # type: ignore[attr-defined]
    finally:
        store.close()
    assert [len(answer) for answer in answers] == [3, 1, 0]
    assert answers[1][0][2] == 119, "by workflow and by trace"
