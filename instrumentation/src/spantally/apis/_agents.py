"""Which model a hosted agent runs on: its sessions' events tell what was used, and not by which model.

The one thing that readers remember. What this process has not been told (the session was made and looked at by
another) leaves those calls without a model, and so without a price.
"""

from __future__ import annotations

from collections import OrderedDict

from spantally import _wire
from spantally.apis import Attributes, Report

_MOST = 10_000
"""Agents, sessions and threads remembered; the oldest are forgotten first."""

_known: OrderedDict[str, Attributes] = OrderedDict()


def learn(owner: str | None, attributes: Attributes) -> None:
    """An agent's, a session's or a thread's model, and what else of it decides the price."""
    if owner and attributes:
        _known[owner] = attributes
        _known.move_to_end(owner)
        if len(_known) > _MOST:
            _known.popitem(last=False)


def known_of(*owners: str | None) -> Attributes:
    """What was learnt of the first of these that something is known of."""
    known = (_known[owner] for owner in owners if owner in _known)
    return next(known, Attributes())


def report_of(session: str | None, calls: list[Report]) -> Report:
    """What a body told of a session's calls. They carry its creator's tags, as a batch's do."""
    return Report({_wire.RESPONSE_ID: session} if session else {}, more=calls, open_ended=True)


def forget() -> None:
    """Forget all of them. For tests."""
    _known.clear()
