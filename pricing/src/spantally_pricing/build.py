"""`python -m spantally_pricing.build [RATES_DIR]`: rate files to the table that ships in the package.

For developers of this package. The rate files are the source of truth; `rate_table.json` is generated,
holds nothing that they do not, and is committed so that an installed package needs no build.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .errors import RateTableError
from .table import RateTable

RATES = Path(__file__).parents[2] / "rates"
TABLE = Path(__file__).with_name("rate_table.json")


def main(arguments: list[str]) -> int:
    """Write the table; 1 when the rate files have faults."""
    folder = Path(arguments[0]) if arguments else RATES
    try:
        table = RateTable.of_files(sorted(folder.glob("*.toml")))
    except RateTableError as error:
        print(error, file=sys.stderr)
        return 1
    TABLE.write_bytes(table.canonical)
    print(f"{table.version} {len(table.canonical)} bytes: {TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
