"""The past at other rates, beside what was booked: `spantally reprice`.

`calls.py` prices stored calls again, `repricing.py` goes through a period and adds up what differs, and
`generations.py` writes it down.
"""
