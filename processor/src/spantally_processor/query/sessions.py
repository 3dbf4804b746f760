"""What SET and USE leave behind for the next query of the same session.

A session is its context and nothing else: no temporary tables. Used from the event loop only.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spantally_processor.store.read_only import Context, QueryError
from spantally_processor.store.read_rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Generator

MAX_SESSIONS = 1000
MAX_TIMEOUT_S = 3600
DEFAULT_TIMEOUT_S = 60


@dataclass(slots=True)
class Session:
    """One client's context between its queries."""

    context: Context = field(default_factory=Context)
    ends_at: float = 0.0
    is_busy: bool = False


class Sessions:
    """The sessions of all readers; one that was not used for its timeout is forgotten."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], Session] = {}

    @contextmanager
    def entered(
        self, reader: str, name: str, *, timeout: str, must_exist: bool
    ) -> Generator[Session]:
        """The session of a reader, for the time of one query; a new one each time without a name.

        Raises:
            QueryError: It is in use, does not exist although it must, or its timeout is none.
        """
        if not name:
            yield Session()
            return
        timeout_s = _seconds(timeout)
        key = (reader, name)
        self._forget()
        session = self._sessions.pop(key, None)
        if session is None:
            if must_exist:
                raise _refused(372, "SESSION_NOT_FOUND", f"session {name!r} is not there")
            session = Session()
        self._sessions[key] = session  # the latest used is the last
        if session.is_busy:
            raise _refused(373, "SESSION_IS_LOCKED", f"session {name!r} is in use by another query")
        session.is_busy = True
        try:
            yield session
        finally:
            session.is_busy = False
            session.ends_at = time.monotonic() + timeout_s

    def _forget(self) -> None:
        now = time.monotonic()
        idle = [key for key, session in self._sessions.items() if not session.is_busy]
        over = len(self._sessions) - MAX_SESSIONS + 1
        for number, key in enumerate(idle):
            if number < over or self._sessions[key].ends_at < now:
                del self._sessions[key]


def _seconds(timeout: str) -> int:
    if not timeout:
        return DEFAULT_TIMEOUT_S
    if not timeout.isascii() or not timeout.isdigit() or not 0 < int(timeout) <= MAX_TIMEOUT_S:
        text = f"session_timeout is 1 to {MAX_TIMEOUT_S} seconds, not {timeout!r}"
        raise _refused(374, "INVALID_SESSION_TIMEOUT", text)
    return int(timeout)


def _refused(code: int, name: str, message: str) -> QueryError:
    return QueryError.refused(Refusal(code, name, message))
