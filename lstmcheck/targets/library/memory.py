"""Arrays for a callee that knows no bounds: what it writes beyond their ends, or leaves unwritten, shows."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from lstmcheck.lstm.types import DType, Numbers

ALIGNMENT = 64
SMALLEST_GUARD, LARGEST_GUARD = 4096, 2**20
"""Bytes on each side of an array: as many as it has itself, between these."""
NAN = 0xFF
"""This byte, repeated, is NaN in every precision."""
ZERO = 0


@dataclass(frozen=True)
class Guarded:
    """An array in the middle of a block of bytes, which are all alike around it."""

    array: Numbers
    block: Numbers
    begin: int
    around: int

    @classmethod
    def filled(cls, shape: tuple[int, ...], dtype: DType, fill: int) -> Guarded:
        """In the order of C. It consists of bytes `fill`, and so does what is around it."""
        size = prod(shape) * dtype.itemsize
        guard = -(-min(max(size, SMALLEST_GUARD), LARGEST_GUARD) // ALIGNMENT) * ALIGNMENT
        block = np.full(size + 2 * guard + ALIGNMENT, fill, np.uint8)
        begin = guard + -(block.ctypes.data + guard) % ALIGNMENT
        return cls(block[begin : begin + size].view(dtype).reshape(shape), block, begin, fill)

    @classmethod
    def copy(cls, array: Numbers, around: int) -> Guarded:
        """The same numbers, with bytes `around`."""
        copy = cls.filled(array.shape, array.dtype, around)
        copy.array[...] = array
        return copy

    @property
    def address(self) -> int:
        """Of its first number."""
        return self.array.ctypes.data

    @property
    def written_outside(self) -> str | None:
        """Where something was, and how far away, as far as that can be seen."""
        before, behind = self.block[: self.begin], self.block[self.begin + self.array.nbytes :]
        if not consists_of(behind, self.around):
            last = int(np.flatnonzero(behind != self.around)[-1])
            return f"up to {self._distance(last + 1, behind.size)} beyond its end"
        if not consists_of(before, self.around):
            first = int(np.flatnonzero(before != self.around)[0])
            return f"up to {self._distance(before.size - first, before.size)} before its begin"
        return None

    def _distance(self, size: int, visible: int) -> str:
        """In numbers and bytes, of so many that can be seen."""
        item = self.array.dtype.itemsize
        numbers = "one number" if size <= item else f"{-(-size // item)} numbers"
        more = ", or more" if size + ALIGNMENT >= visible else ""
        return f"{size} bytes{more}" if item == 1 else f"{numbers} ({size} bytes{more})"


def consists_of(part: Numbers, byte: int) -> bool:
    """Whether there is nothing else: asked for every array at every call, hence as one comparison."""
    return part.tobytes() == bytes([byte]) * part.size


def same_bits(one: Numbers, other: Numbers) -> bool:
    """Of two arrays of a shape: NaN is like NaN."""
    return one.tobytes() == other.tobytes()
