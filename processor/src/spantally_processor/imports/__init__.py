"""Tables that others keep and the ledger joins with: CSV files to rows, every fault of a file at once.

A file replaces what its source said before of the same periods, and the same file again changes nothing.
A new kind of file is a module with its columns (`revenue.py`), a table and a view in `store/`.
"""
