"""The page: what was spent this month, by whom, how much of it is certain, and which runs cost most.

One static page and the little JSON that it asks for. The page itself has nothing of anybody's in it and
is handed to everybody; the JSON is for readers (`access.Readers`).
"""
