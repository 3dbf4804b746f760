"""Prepared OTLP/HTTP requests on plain sockets: the least that a sender can do, so that a benchmark
measures who receives. What it takes of the processor itself is counted."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = (
    "POST /v1/traces HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-protobuf\r\n"
    "content-encoding: gzip\r\ncontent-length: {size}\r\n\r\n"
)
_LENGTH = b"content-length:"


class Sent(NamedTuple):
    """What sending took."""

    latencies: list[float]
    """Of each acknowledgement, in seconds, sorted."""
    seconds: float
    cpu_s: float
    """Of the sender's threads."""


class Connection:
    """One connection, one request at a time; a refusal (503) is sent again."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._host = where.netloc
        self._socket = socket.create_connection((where.hostname or "", where.port or 0), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

    def send(self, body: bytes, latencies: list[float]) -> None:
        head = _HEAD.format(host=self._host, size=len(body)).encode()
        status = 503
        while status == 503:
            started = time.perf_counter()
            self._socket.sendall(head + body)
            status = self._status()
            latencies.append(time.perf_counter() - started)
        assert status == 200, status

    def _status(self) -> int:
        status = int(self._answers.readline().split()[1])
        size = 0
        while line := self._answers.readline().strip().lower():
            if line.startswith(_LENGTH):
                size = int(line.removeprefix(_LENGTH))
        self._answers.read(size)
        return status

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


def send_all(url: str, bodies: Sequence[bytes], senders: int) -> Sent:
    """Sends gzipped bodies over as many connections, each as fast as it is answered."""
    latencies: list[float] = []
    cpu: list[float] = []

    def send(mine: Sequence[bytes]) -> None:
        connection = Connection(url)
        for body in mine:
            connection.send(body, latencies)
        connection.close()
        cpu.append(time.thread_time())

    threads = [threading.Thread(target=send, args=(bodies[n::senders],)) for n in range(senders)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cpu) == senders, "a sender failed"
    return Sent(sorted(latencies), time.perf_counter() - started, sum(cpu))
