"""Attributes that were seen before, byte for byte, are not decoded again.

An atom is a serialised KeyValue with its name and value. Most attributes of most spans repeat (model,
provider, team …), so a lookup by their bytes replaces decoding; equal bytes give the same object, which
is what the ledger compares. The memory has two generations: what is used stays, the rest goes with the
older one, so it is bounded whatever the senders do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from spantally_processor.otlp.values import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spantally_processor.otlp.values import Attributes, Value

LARGEST = 256
"""Bytes of an attribute that is remembered; prompts are larger and never the same twice."""

_GENERATION = 1 << 15
"""Atoms of one generation: some 10 MB."""

_STRING, _INT, _KEY, _VALUE = 0x0A, 0x18, 0x0A, 0x12
"""Tags of AnyValue.string_value, AnyValue.int_value, KeyValue.key and KeyValue.value."""


class Atom:
    """One attribute. `is_read` is False for a large one, whose value is decoded only when needed."""

    __slots__ = ("is_read", "name", "raw", "value")

    def __init__(self, name: str, value: Value, *, raw: bytes = b"", is_read: bool = True) -> None:
        self.name = name
        self.value = value
        self.raw = raw
        self.is_read = is_read


class AtomMemory:
    """Atoms by their bytes. For one thread."""

    def __init__(self, never_again: Iterable[str] = ()) -> None:
        """`never_again` are names whose values do not repeat, such as ids: not worth remembering."""
        self._never_again = frozenset(never_again)
        self._young: dict[bytes, Atom] = {}
        self._old: dict[bytes, Atom] = {}

    def atoms(self, attributes: Iterable[bytes]) -> list[Atom]:
        """Returns the atoms of serialised KeyValues."""
        known = self._young.get
        return [known(raw) or self._learn(raw) for raw in attributes]

    def _learn(self, raw: bytes) -> Atom:
        if len(raw) > LARGEST:
            return _large(raw)
        atom = self._old.get(raw) or _decoded(raw)
        if atom.name not in self._never_again:
            if len(self._young) >= _GENERATION:
                self._old, self._young = self._young, {}
            self._young[raw] = atom
        return atom


def attributes_of_atoms(atoms: Iterable[Atom]) -> Attributes:
    """Returns the attributes by name; of those with one name the last, as everywhere."""
    return {
        atom.name: atom.value if atom.is_read else value_of(KeyValue.FromString(atom.raw).value)
        for atom in atoms
    }


def _large(raw: bytes) -> Atom:
    size = raw[1]
    # A name of up to 127 bytes, and after it one value to the end: what every serialiser writes.
    if raw[0] == _KEY and size < 128 and raw[2 + size] == _VALUE:
        length, start = _varint(raw, 3 + size)
        if start + length == len(raw):
            return Atom(raw[2 : 2 + size].decode(), None, raw=raw, is_read=False)
    return _official(raw)


def _decoded(raw: bytes) -> Atom:
    """Decodes the usual layout by hand, in a third of the time; any other with the official class."""
    total = len(raw)
    if total < 6 or raw[0] != _KEY or raw[1] > 127:
        return _official(raw)
    at = 2 + raw[1]
    if at + 4 > total or raw[at] != _VALUE or raw[at + 1] != total - at - 2:
        return _official(raw)
    name, kind, at = raw[2:at].decode(), raw[at + 2], at + 3
    if kind == _STRING and raw[at] < 128 and at + 1 + raw[at] == total:
        return Atom(name, raw[at + 1 :].decode())
    if kind == _INT and total - at <= 9:
        number, end = _varint(raw, at)
        if end == total:
            return Atom(name, number)
    return _official(raw)


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """Returns the number at a place and the place after it; -1 where it does not end."""
    number = shift = 0
    for place in range(at, len(raw)):
        byte = raw[place]
        number |= (byte & 0x7F) << shift
        if byte < 128:
            return number, place + 1
        shift += 7
    return 0, -1


def _official(raw: bytes) -> Atom:
    pair = KeyValue.FromString(raw)
    return Atom(pair.key, value_of(pair.value))
