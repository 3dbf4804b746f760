"""The recorded spans of real packages, as the processor decodes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spantally_processor.dialects import views
from spantally_processor.otlp.decode import JSON, decode_traces

if TYPE_CHECKING:
    from spantally_processor.dialects import SpanView

FOLDER = Path(__file__).parents[1] / "processor" / "dialects" / "recorded"


def names() -> list[str]:
    """`package-version` of every recording."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def spans_of(name: str) -> list[SpanView]:
    """The spans of a recording, in the order in which they began."""
    message = decode_traces((FOLDER / f"{name}.json").read_bytes(), JSON)
    return sorted(views(message.resource_spans), key=lambda view: view.message.start_time_unix_nano)
