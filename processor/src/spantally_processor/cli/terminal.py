"""Where commands print: colours on a terminal, plain text elsewhere, and quiet when nobody reads on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from spantally_processor.reporting.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType
    from rich.segment import Segment


class _Quiet(Console):
    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As rich does, and no text commands the terminal."""
        for each in super().render(renderable, options):
            yield each if each.control else each._replace(text=visible(each.text))

    def on_broken_pipe(self) -> None:
        """Leave it to the command group; rich would end the process with exit code 1."""
        raise BrokenPipeError


def console() -> Console:
    """The console that reports are printed on."""
    return _Quiet(highlight=False, soft_wrap=False)
