"""Exact, dated, explainable prices for LLM usage.

A `Usage` is what the provider counted; a `RateTable` knows what each count cost at that time; a `Cost`
is the exact sum of its lines, or an `Unpriced` says why there is none. Unknown is never 0.
"""

from .cost import Cost, CostLine, Unpriced, UnpricedReason
from .engine import price, together
from .errors import Fault, InvalidUsage, RateTableError
from .rates import ModelRates
from .table import RateTable
from .usage import Usage

__all__ = [
    "Cost",
    "CostLine",
    "Fault",
    "InvalidUsage",
    "ModelRates",
    "RateTable",
    "RateTableError",
    "Unpriced",
    "UnpricedReason",
    "Usage",
    "price",
    "together",
]
