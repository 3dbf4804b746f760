"""Facts from public price tables, in our format.

A source is mapped (`genai_prices`, `litellm_map`), the sources are merged (`merging`), the result is
written as rate files (`writing`) and compared with a table in money (`comparing`). All of these are
functions of their arguments; only `installed` and `files` touch the disk, and nothing touches the network.
What we write by hand in `rates/` lies over all of it.
"""

from .comparing import Difference, Workload, differences
from .files import Import, import_rates, write_files

__all__ = ["Difference", "Import", "Workload", "differences", "import_rates", "write_files"]
