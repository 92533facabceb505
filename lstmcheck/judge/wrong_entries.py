"""Which entries of a gate are wrong: the positions along each of its axes, and a coarse map of how far."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod

import numpy as np

from lstmcheck.lstm.types import Floats

ROWS, COLUMNS = 8, 40
"""Of a map, at most: one that is larger joins entries."""


@dataclass(frozen=True)
class WrongEntries:
    """The entries of one gate that are off by more than their tolerance, beyond what is uncertain.

    They say where to look in the code. The verdict does not rest on them.
    """

    count: int
    positions: tuple[tuple[int, ...], ...]
    """Along each axis of the gate, those at which some entry is off."""
    errors: tuple[tuple[float, ...], ...]
    """The largest error of each part of the gate, beside its scale; zero where none is off."""

    @property
    def share_of_lines(self) -> float:
        """Of all entries at these positions: 1 where they say all."""
        return self.count / prod(map(len, self.positions))


def wrong_entries(errors: Floats) -> WrongEntries | None:
    """From errors in the shape of a gate, beside its scale, zero where none is certain; None without any."""
    off = np.nonzero(errors)
    if not len(off[0]):
        return None
    positions = tuple(tuple(np.unique(along).tolist()) for along in off)
    return WrongEntries(len(off[0]), positions, _joined(errors.reshape(flat_shape(errors.shape))))


def flat_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of a gate's map: axes longer than one, those behind the first side by side."""
    long = [n for n in shape if n > 1]
    return (long[0], prod(long[1:])) if len(long) > 1 else (1, prod(long))


def part_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of the entries that one part of the map stands for."""
    rows, columns = flat_shape(shape)
    return ceil(rows / ROWS), ceil(columns / COLUMNS)


def _joined(errors: Floats) -> tuple[tuple[float, ...], ...]:
    """The largest of each part of errors (rows, columns)."""
    for axis, length in enumerate(part_shape(errors.shape)):
        errors = np.maximum.reduceat(errors, np.arange(0, errors.shape[axis], length), axis=axis)
    return tuple(map(tuple, errors.tolist()))
