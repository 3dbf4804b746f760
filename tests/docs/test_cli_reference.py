"""docs/reference/cli.md is what --help says; UPDATE_CLI=1 writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.testing import CliRunner
from spantally_processor.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"
HEAD = """# Commands

What `spantally COMMAND --help` says. A test keeps this page and the commands the same.
"""


def sections(command: click.Command, words: tuple[str, ...]) -> list[str]:
    """The help of a command and, below it, of its subcommands."""
    printed = CliRunner().invoke(
        main, [*words, "--help"], terminal_width=100, prog_name="spantally"
    )
    assert printed.exit_code == 0, printed.output
    title = " ".join(("spantally", *words))
    found = [f"\n## {title}\n\n```text\n{printed.output.rstrip()}\n```\n"]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += sections(below, (*words, name))
    return found


def test_the_page_is_what_the_commands_say() -> None:
    page = HEAD + "".join(sections(main, ()))
    page = "\n".join(line.rstrip() for line in page.splitlines()) + "\n"
    if os.environ.get("UPDATE_CLI"):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "stale; UPDATE_CLI=1 writes it anew"


def test_examples_and_exit_codes_keep_their_lines() -> None:
    # The mark that keeps them is a character; where it is written as two, it is printed and keeps nothing.
    assert "\\b" not in PAGE.read_text()
