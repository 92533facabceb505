"""Cells in which something is moved on its way.

A perturbed cell shares the parameters of another, and overrides the operation that computes what is to be
moved. Copies that differ in what is moved go through a step together, on an axis N in front of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstmcheck.lstm.cell import Cell, with_copies
from lstmcheck.lstm.gates import GATES
from lstmcheck.lstm.types import DType, Numbers


class PerturbedCell(Cell):
    """Another cell, with the same parameters and activations; subclasses move something."""

    def __init__(self, cell: Cell) -> None:
        # As they stand in that cell, which may have been changed since it was made from arrays.
        self.__dict__.update(vars(cell))


Pushes = Mapping[tuple[str, int], Numbers]
"""What is added to a quantity at a step, with a copies axis in front of its own shape (N, 1 or B, ·).

`x` and `h` are what the step reads: moving them leaves the output of the step before as it was. `z`
(4, N, 1 or B, H), `i`, `f`, `g`, `o`, `c_new`, `m`, `h_new` are what it computes. `W` (N, 4, H, D) and `U`
(N, 4, H, P) move the copy of the weights that this one step uses.
"""


class PushedCell(PerturbedCell):
    """A cell with a copies axis whose quantities are moved, in numbers of `dtype`."""

    def __init__(self, cell: Cell, pushes: Pushes, copies: int, dtype: DType) -> None:
        super().__init__(cell)
        self.pushes, self.copies, self.dtype = pushes, copies, dtype

    def moved(self, name: str, value: Numbers) -> Numbers:
        """The value as the step that is under way has it."""
        push = self.pushes.get((name, self.t))
        return value if push is None else np.asarray(value + push)

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        self.t = t
        x, h = self.moved("x", x), self.moved("h", h)
        return self.pushed(x, h, super().affine(t, x, h))

    def pushed(self, x: Numbers, h: Numbers, z: Numbers) -> Numbers:
        """z (4, B, H) or (4, N, B, H) for each copy, with what moves it at this step: (4, N, B, H)."""
        own = np.broadcast_to(with_copies(z), (4, self.copies, *z.shape[-2:])).astype(self.dtype)
        own += self.pushes.get(("z", self.t), 0)
        for block, read in (("W", x), ("U", h)):
            if (block, self.t) in self.pushes:
                each = np.broadcast_to(read, (self.copies, *read.shape[-2:]))
                own += np.einsum("nkhd,nbd->knbh", self.pushes[block, self.t], each)
        return own

    def open(self, gate: int, z: Numbers) -> Numbers:
        return self.moved(GATES[gate], super().open(gate, z))

    def one_minus(self, i: Numbers, z: Numbers) -> Numbers:
        # `z` knows nothing of what was added to i.
        value = super().one_minus(i, z) - self.pushes.get(("i", self.t), 0)
        return self.moved("f", value)

    def remember(self, f: Numbers, c: Numbers, i: Numbers, g: Numbers) -> Numbers:
        return self.moved("c_new", super().remember(f, c, i, g))

    def project(self, m: Numbers) -> Numbers:
        return self.moved("h_new", super().project(self.moved("m", m)))
