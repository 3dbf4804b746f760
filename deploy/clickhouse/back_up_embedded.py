"""Back-up of an embedded ledger as ClickHouse's BACKUP makes it, so that a server can restore it.

    python deploy/clickhouse/back_up_embedded.py DATA FOLDER

DATA is the data folder of a `spantally serve` that does not run; FOLDER is made. For a back-up that only an
embedded ledger is to read, a copy of DATA is enough.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import chdb
from spantally_processor.store.location import DEFAULT_DATABASE, LEDGER_FOLDER

CONFIG = "<clickhouse><backups><allowed_path>{}/</allowed_path></backups></clickhouse>"


def main() -> None:
    """Ends with 1 and a message where the ledger cannot be opened, with 2 where the folders are wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    ledger, target = given.data.absolute() / LEDGER_FOLDER, given.folder.absolute()
    if not ledger.is_dir():
        parser.error(f"there is no ledger in {given.data}")
    if target.exists():
        parser.error(f"{given.folder} is there already")
    with tempfile.TemporaryDirectory() as work:
        config = Path(work) / "config.xml"
        config.write_text(CONFIG.format(target.parent))
        try:
            engine = chdb.connect(f"{ledger}?config-file={config}&log-level=none")
        except RuntimeError as error:
            sys.exit(f"{ledger} cannot be opened; does its processor run? {error}")
        engine.query(f"backup database {DEFAULT_DATABASE} to File('{target.name}')")
        engine.close()
    print(f"{target} has the ledger of {given.data}")


if __name__ == "__main__":
    main()
