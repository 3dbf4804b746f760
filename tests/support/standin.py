"""The demo's stand-in for the provider APIs, importable from tests (`demo/` is on pytest's path)."""

from __future__ import annotations

from pathlib import Path

from standin.journal import Exchange
from standin.process import StandIn

DEMO = Path(__file__).parents[2] / "demo"

__all__ = ["DEMO", "Exchange", "StandIn"]
