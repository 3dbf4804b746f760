"""Which spans count: every call's money in a total exactly once, whoever observed it.

`judge` compares spans with each other and is told nothing else, so what it says depends on which spans there
are and not on how they arrived. `store/settling.py` finds the spans to compare and writes the verdicts down.
The rule is told in docs/reference/counting.md.
"""

from spantally_processor.counting.judging import TraceKey, judge
from spantally_processor.counting.observation import Observation, SpanKey, Verdict

__all__ = ["Observation", "SpanKey", "TraceKey", "Verdict", "judge"]
