"""From a stored request to rows of the ledger, in two lanes that come to the same rows.

In full: the dialect reads the span, the pricer prices it, `in_full.py` makes a row of the result. By
form: a span that is like an earlier one but for its counts, ids and times takes over what was read and
priced then (`forms.py`), and only multiplies (`plans.py`). Nothing else in the processor knows of lanes.
"""
