"""What the page quotes of the doctor is what it says, and its question has an answer."""

from __future__ import annotations

import re
from pathlib import Path

from spantally.doctor import _others
from spantally.doctor.__main__ import as_text
from spantally.doctor._findings import Surroundings
from spantally_processor.store import open_store
from support.ledger import a_call, book

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "live-with-other-instrumentations.md"
INSTALLED = {
    "openinference-instrumentation-openai": "0.1.66",
    "opentelemetry-instrumentation-genai-openai": "1.3b0",
}


def test_the_doctor_says_what_the_page_says() -> None:
    group = "opentelemetry_instrumentor"
    around = Surroundings({}, INSTALLED, tuple((group, "openai", name) for name in INSTALLED))
    (quoted,) = re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
    said = as_text(list(_others.check(around)))
    assert quoted.rstrip() in said


def test_the_question_of_the_page_shows_who_counts(tmp_path: Path) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    store = open_store(f"chdb://{tmp_path}/ledger")
    try:
        store.migrate()
        seen = a_call(scope="spantally")
        same = {name: seen[name] for name in ("trace_id", "response_id", "start_time")}
        book(store, [seen, a_call(**same, rank=2, scope="openinference.instrumentation.openai")])
        answer = store._engine.rows(query)  # type: ignore[attr-defined]
    finally:
        store.close()
    assert [tuple(row) for row in answer] == [
        ("openinference.instrumentation.openai", "duplicate", 1),
        ("spantally", "counted", 1),
    ]
