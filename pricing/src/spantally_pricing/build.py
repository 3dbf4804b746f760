"""`python -m spantally_pricing.build [RATES_DIR]`: rate files to the table that ships in the package.

For developers of this package. The rate files are the source of truth; `rate_table.json` is generated,
holds nothing that they do not, and is committed so that an installed package needs no build.
`rates/*.toml` are written by hand and go over `rates/imported/*.toml`, which an import writes anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .document import ProviderDoc, table_bytes
from .errors import RateTableError
from .layers import layered
from .rate_file import read_files
from .table import RateTable

RATES = Path(__file__).parents[2] / "rates"
TABLE = Path(__file__).with_name("rate_table.json")


def built(folder: Path) -> RateTable:
    """The table of the rate files in `folder`.

    Raises:
        RateTableError: with every fault of the imported files, or else of those written by hand.
    """
    imported = read_files(sorted((folder / "imported").glob("*.toml")), {})
    known = {doc["provider"]: {model["id"] for model in doc["models"]} for doc in imported}
    ours = read_files(sorted(folder.glob("*.toml")), known)
    return RateTable(table_bytes([_reachable(doc) for doc in layered(imported, ours)]))


def _reachable(doc: ProviderDoc) -> ProviderDoc:
    """Without the imported models whose every name was claimed by hand."""
    targets = {pointer["model"] for alias in doc["aliases"] for pointer in alias["to"]}
    models = [model for model in doc["models"] if model["ids"] or model["id"] in targets]
    return {**doc, "models": models}


def main(arguments: list[str]) -> int:
    """Write the table; 1 when the rate files have faults."""
    folder = Path(arguments[0]) if arguments else RATES
    try:
        table = built(folder)
    except RateTableError as error:
        print(error, file=sys.stderr)
        return 1
    TABLE.write_bytes(table.canonical)
    print(f"{table.version} {len(table.canonical)} bytes: {TABLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
