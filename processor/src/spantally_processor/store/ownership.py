"""One process owns an embedded ledger at a time, and says who it is.

chDB refuses a second process by itself, but with an engine error. A locked file inside the ledger
tells the second process who the owner is and where it can be asked. The kernel drops the lock with
the process, so a crash leaves nothing to clean up; the file's text means something only while the
lock is held. Stores of one process share the ownership, since they share the engine.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from spantally_processor.store.errors import StoreError, StoreInUse

if TYPE_CHECKING:
    from pathlib import Path

OWNER_FILE = "owner.json"

_held: dict[Path, Ownership] = {}
_held_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that owns a ledger, as another process sees it."""

    pid: int
    url: str
    """Where it answers queries; empty while it does not."""
    door: str
    """The socket file at which it takes writes from this user's commands; empty while it does not."""


class Ownership:
    """This process's hold on one ledger; released when every holder has let go."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._holders = 1

    @classmethod
    def claim(cls, path: Path) -> Ownership:
        """Own the ledger at `path`, which must exist.

        Raises:
            StoreInUse: Another process owns it.
            StoreError: The folder cannot be written.
        """
        with _held_lock:
            if (mine := _held.get(path)) is not None:
                mine._holders += 1
                return mine
            try:
                descriptor = os.open(path / OWNER_FILE, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise StoreError(f"cannot write to the ledger folder {path}: {error}") from error
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = _read(descriptor)
                os.close(descriptor)
                raise StoreInUse(str(path), pid=owner.pid, url=owner.url) from None
            mine = _held[path] = cls(path, descriptor)
            mine.publish("")
            return mine

    @classmethod
    def claim_patiently(cls, path: Path, patience_s: float) -> Ownership:
        """As `claim`, but wait for an owner that serves no reads: a report, or a process that ends.

        Raises:
            StoreInUse: Another process owns it and serves reads, or does not let go.
            StoreError: The folder cannot be written.
        """
        give_up = time.monotonic() + patience_s
        while True:
            try:
                return cls.claim(path)
            except StoreInUse as owned:
                if owned.url or time.monotonic() > give_up:
                    raise
            time.sleep(0.05)

    def publish(self, url: str, door: str = "") -> None:
        """Tell other processes where this one serves reads, and takes writes from this user's commands."""
        text = json.dumps({"pid": os.getpid(), "url": url, "door": door}).encode()
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        """Let go; the last holder of the process frees the ledger."""
        with _held_lock:
            self._holders -= 1
            if self._holders == 0:
                del _held[self._path]
                os.ftruncate(self._descriptor, 0)
                os.close(self._descriptor)


def owner_of(path: Path) -> Owner | None:
    """The live process that owns the ledger at `path`, this one included; None when nobody does."""
    try:
        descriptor = os.open(path / OWNER_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Owner:
    """What the owner wrote; zeros when it is being written just now."""
    try:
        text = cast("dict[str, object]", json.loads(os.pread(descriptor, 4096, 0)))
        return Owner(pid=int(str(text["pid"])), url=str(text["url"]), door=str(text["door"]))
    except (ValueError, KeyError, TypeError):
        return Owner(pid=0, url="", door="")
