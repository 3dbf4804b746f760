"""OTLP as bytes and messages: compression, decoding, attribute values, error bodies.

Nothing here does I/O. Both the receivers (to validate) and the workers (to read a stored body
again) come through here, so what was acknowledged is what is later read.
"""
