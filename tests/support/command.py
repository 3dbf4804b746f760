"""The command `spantally` in this process, pointed at one data folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner
from spantally_processor.cli import main


@dataclass(frozen=True)
class Spantally:
    """Runs `spantally` and reads what it prints."""

    data: str
    columns: int = 80
    """Width of the terminal."""

    def run(self, *arguments: str, exit_code: int = 0) -> str:
        """What the command prints, both streams; fails unless it ends with `exit_code`."""
        result = self._invoke(arguments)
        assert result.exit_code == exit_code, result.output
        return result.output

    def exit_code(self, *arguments: str) -> int:
        """How the command ends."""
        return self._invoke(arguments).exit_code

    def json(self, *arguments: str) -> Any:
        """What it answers with --json."""
        result = self._invoke((*arguments, "--json"))
        assert result.exit_code in {0, 1}, result.output
        return json.loads(result.stdout)

    def _invoke(self, arguments: tuple[str, ...]) -> Any:
        environment = {
            "SPANTALLY_DATA": self.data,
            "SPANTALLY_STORE": None,
            "COLUMNS": str(self.columns),
        }
        result = CliRunner().invoke(main, arguments, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result
