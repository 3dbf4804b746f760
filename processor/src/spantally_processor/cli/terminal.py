"""Where commands print: colours on a terminal, plain text elsewhere, and quiet when nobody reads on."""

from __future__ import annotations

from rich.console import Console


class _Quiet(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command group; rich would end the process with exit code 1."""
        raise BrokenPipeError


def console() -> Console:
    """The console that reports are printed on."""
    return _Quiet(highlight=False, soft_wrap=False)
