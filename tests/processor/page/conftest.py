"""A processor with the hotel group's calls, and some that nobody should have sent."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from spantally_processor.config import Reader
from support.hotel_group import filled
from support.otlp import a_call, a_request
from support.processor import Processor, running, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "reader-secret"

HOSTILE = {
    "html": "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "long": "w" * 200,
    "right to left": "\u202eeviled\u202d حجز الغرف",
    "quotes": "'\"`${alert(3)}\\",
}
"""Values of tags that must be shown as they are, and nothing else."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def processor(folder: Path) -> Iterator[Processor]:
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    readers = (Reader(name="finance", sha256=digest),)
    filled(folder)
    with running(settings_in(folder, readers=readers)) as processor:
        spans = [
            a_call(
                **{
                    "gen_ai.request.model": f"model {text}",
                    "spantally.tag.team": text,
                    "spantally.tag.feature": text,
                    "spantally.tag.workflow": text,
                }
            )
            for text in HOSTILE.values()
        ]
        for span, text in zip(spans, HOSTILE.values(), strict=True):
            span.name = text
        body = a_request(*spans, resource={"service.name": HOSTILE["html"]})
        assert processor.post(body.SerializeToString()).status_code == 200
        processor.settle()
        yield processor
