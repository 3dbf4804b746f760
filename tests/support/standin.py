"""The demo's stand-in for the provider APIs, importable from tests."""

from __future__ import annotations

import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "demo"
if str(DEMO) not in sys.path:
    sys.path.append(str(DEMO))

from standin.journal import Exchange  # noqa: E402 - the path comes first
from standin.process import StandIn  # noqa: E402

__all__ = ["DEMO", "Exchange", "StandIn"]
