"""Which session a WebSocket connection is: known from its handshake when its first frame passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, finalize

from spantally._guard import guarded
from spantally._session import open_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from spantally._recognise import Outgoing
    from spantally._session import Session


class Sessions:
    """Those of one library; a connection that is forgotten ends its session.

    Args:
        handshake: What a connection was opened with; None where it does not tell.
    """

    def __init__(self, handshake: Callable[[Any], Outgoing | None]) -> None:
        self._handshake = handshake
        self._known: WeakKeyDictionary[Any, Session | None] = WeakKeyDictionary()

    @guarded
    def of(self, connection: Any) -> Session | None:
        """The session of a connection; None when it is no LLM's."""
        if connection not in self._known:
            handshake = self._handshake(connection)
            session = open_session(handshake) if handshake else None
            self._known[connection] = session
            if session is not None:
                finalize(connection, session.end)
        return self._known[connection]

    @guarded
    def forget(self, connection: Any) -> None:
        """End a connection's session; what passes after that is another one."""
        session = self._known.pop(connection, None)
        if session is not None:
            session.end()
