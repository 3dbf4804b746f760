"""Answers as people and programs read them: numbers, lines, pages, and the forms of a page.

A question becomes data (`report.py`), the data a page whose every text is decided once (`page.py`), and
a page text, Markdown or HTML. Programs get JSON and CSV with exact amounts.
"""
