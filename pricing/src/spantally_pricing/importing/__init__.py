"""Facts from public price tables, in our format.

A source is mapped (`genai_prices`, `litellm_map`), the sources are merged (`merging`) and completed
(`finishing`), the result is written as rate files (`writing`) and compared with a table in money
(`comparing`). These are functions of their arguments; only `installed`, `files` and `report` touch the disk,
and nothing touches the network. What we write by hand in `rates/` lies over all of it.
"""

from .comparing import Difference, Workload, differences
from .files import Import, import_rates, write_files
from .report import Opinion, Renewal, renew, second_opinion

__all__ = [
    "Difference",
    "Import",
    "Opinion",
    "Renewal",
    "Workload",
    "differences",
    "import_rates",
    "renew",
    "second_opinion",
    "write_files",
]
