"""Runs statements on an engine that is configured as deploy/clickhouse configures a server: a program.

    python -m support.configured_engine FOLDER FILE…

reads a JSON list of statements from its input and prints the rows of each as a line of JSON, or its error as a
text. The files are what would be in the server's config.d/; /backups/ is FOLDER/backups/. The engine merges
them as a server does. It does not read users from them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import chdb

BASE = """
<clickhouse>
    <mysql_port>9004</mysql_port><postgresql_port>9005</postgresql_port>
    <text_log><database>system</database><table>text_log</table></text_log>
</clickhouse>
"""
"""What of the image's own configuration the files take away."""


def main(folder: Path, files: list[Path]) -> None:
    (folder / "config.d").mkdir(parents=True)
    (folder / "config.xml").write_text(BASE)
    for file in files:
        text = file.read_text().replace("/backups/", f"{folder}/backups/")
        (folder / "config.d" / file.name).write_text(text)
    engine = chdb.connect(f"{folder}/engine?config-file={folder}/config.xml")
    for statement in json.load(sys.stdin):
        print(json.dumps(_answer(engine, statement)), flush=True)
    engine.close()


def _answer(engine: Any, statement: str) -> list[list[Any]] | str:
    try:
        lines = engine.query(statement, "JSONCompactEachRow").bytes().decode().splitlines()
    except RuntimeError as error:
        return str(error)
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]])
