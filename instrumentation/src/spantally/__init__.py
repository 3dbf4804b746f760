"""Who spent what: tags for LLM calls, carried from the app to the ledger.

Run an app under `opentelemetry-instrument` and every LLM call becomes a GenAI span. `attribute` says
who the calls are for; nothing else is needed in code.
"""

from spantally._attribution import attribute
from spantally._guard import internal_errors

__all__ = ["attribute", "internal_errors"]
