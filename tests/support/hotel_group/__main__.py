"""Leaves a data folder with the hotel group's ledger: `python tests/support/hotel_group FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from support.hotel_group.spans import fill

if __name__ == "__main__":
    fill(Path(sys.argv[1]))
