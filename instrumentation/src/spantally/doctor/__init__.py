"""`python -m spantally.doctor`: what is wrong with this environment, before it costs anything.

It looks at what is installed and at the environment variables, in the app's own environment, and asks the
exporter's endpoint. It imports nothing of the app and changes nothing; a call costs no token.
"""
