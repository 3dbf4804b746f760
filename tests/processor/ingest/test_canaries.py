"""A text that nobody may see, and secrets: where they are after a run, a failure and a kill."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import httpx
from support.backend import a_backend
from support.otlp import a_call, a_request, attributes
from support.processor import FREE_PORTS, SERVE, Command, until

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span

CONTENT = "canary-content-5d1c"
SECRET = "canary-secret-91ae"
PASSWORD = "canary-password-c07b"

SPOOL = ("spool.sqlite", "spool.sqlite-wal", "spool.sqlite-shm")
"""Bodies are here as received until every destination has them; for their owner only."""


def with_content() -> Span:
    """A call with the canary in prompt, tool arguments, headers, error text and an exception."""
    span = a_call(
        gen_ai__input__messages=f'[{{"content": "{CONTENT}"}}]',
        gen_ai__system_instructions=CONTENT,
        gen_ai__tool__call__arguments=CONTENT,
        http__request__header__x_note=CONTENT,
        url__full=f"https://api.openai.com/?q={CONTENT}",
    )
    span.status.message = CONTENT
    span.events.add(name="exception").attributes.extend(
        attributes({"exception.message": CONTENT, "exception.stacktrace": CONTENT})
    )
    return span


def files_with(folder: Path, text: str) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    )


def test_content_and_secrets_are_nowhere_but_in_the_spool(tmp_path: Path) -> None:
    data, temporary = tmp_path / "data", tmp_path / "tmp"
    temporary.mkdir()
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    with a_backend() as backend:
        config = tmp_path / "spantally.toml"
        config.write_text(
            f'[[tokens]]\ntenant = "acme"\nsha256 = "{digest}"\n'
            f'[[forward]]\nurl = "{backend.url}"\nstrip_content = true\n'
            f'headers = {{ authorization = "Bearer {PASSWORD}" }}\n'
        )
        environment = {"TMPDIR": str(temporary), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        arguments = ["--config", str(config), "--data", str(data), *FREE_PORTS, "--json"]
        log = (tmp_path / "log").open("wb")
        process = subprocess.Popen(
            [*SERVE, *arguments], stdout=subprocess.PIPE, stderr=log, env=environment
        )
        processor = Command(process)
        headers = {"authorization": f"Bearer {SECRET}"}

        def pending() -> str:
            return httpx.get(processor.http + "/metrics", headers=headers).text

        answers = [
            processor.post(b"\xff" + CONTENT.encode(), **headers),
            processor.post(b"x", authorization=f"Bearer wrong-{PASSWORD}"),
            processor.post(a_request(with_content()).SerializeToString(), **headers),
        ]
        until(lambda: 'pending{destination="ledger"} 0' in pending() and backend.bodies)
        backend.status = 400
        answers.append(processor.post(a_request(with_content()).SerializeToString(), **headers))
        until(lambda: "spantally_spans_quarantined_total{" in pending())
        metrics = pending()
        tables = [
            str(processor.rows(f"select * from {table}"))  # noqa: S608 - fixed names
            for table in ("llm_spans", "trace_steps", "llm_calls")
        ]
        processor.kill()  # what is left behind is part of the test
        assert process.stdout is not None
        process.stdout.close()
        log.close()
        forwarded = b"".join(backend.bodies)

    seen = [*tables, metrics, (tmp_path / "log").read_text(), *(answer.text for answer in answers)]
    for canary in (CONTENT, SECRET, PASSWORD):
        assert [text for text in seen if canary in text] == []
        assert files_with(temporary, canary) == []
        assert [name for name in files_with(data, canary) if name not in SPOOL] == []
    assert [name for name in files_with(data, SECRET) + files_with(data, PASSWORD)] == []
    assert SECRET.encode() not in forwarded
    # Only what is known to be content is taken off: a URL and a header stay as the app wrote them.
    assert forwarded.count(CONTENT.encode()) == 2
    assert all(
        (data / name).stat().st_mode & 0o077 == 0 for name in SPOOL if (data / name).exists()
    )
