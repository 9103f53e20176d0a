"""The keys of many trajectories, packed: the plan of millions has to fit in one process.

A trajectory takes about 250 bytes (a sub-agent 350). An entry is unpacked, in less than a
microsecond, when it is asked for, and forgotten again.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import msgspec

from trajset.keys import Keys

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Keys).decode


class KeyTable(Sequence[Keys]):
    """A list of keys that can only grow."""

    def __init__(self, keys: Iterable[Keys] = ()) -> None:
        self._packed = bytearray()
        self._ends = array("Q", [0])
        for one in keys:
            self.append(one)

    def append(self, keys: Keys) -> None:
        """Add the keys of one trajectory."""
        self._packed += _encode(keys)
        self._ends.append(len(self._packed))

    def extend(self, other: KeyTable) -> None:
        """Add all of another table."""
        start = len(self._packed)
        self._packed += other._packed
        self._ends.extend(start + end for end in other._ends[1:])

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> Keys: ...

    @overload
    def __getitem__(self, index: slice) -> list[Keys]: ...

    def __getitem__(self, index: int | slice) -> Keys | list[Keys]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        with memoryview(self._packed) as packed:
            return _decode(packed[self._ends[index] : self._ends[index + 1]])

    def __iter__(self) -> Iterator[Keys]:
        return (self[index] for index in range(len(self)))
