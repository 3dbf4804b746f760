"""The kinds of files that there are."""

from __future__ import annotations

from spantally_processor.imports.outcomes import OUTCOMES
from spantally_processor.imports.plans import PLANS
from spantally_processor.imports.revenue import REVENUE

KINDS = (REVENUE, PLANS, OUTCOMES)
