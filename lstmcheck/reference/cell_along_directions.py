"""Copies of a cell, each with a whole gate moved along a direction.

All copies share the product with the unmoved matrix, which is what takes the time; each adds what its own
direction makes of its own states. A direction is read once for all the steps along it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmcheck.lstm.cell import Cell, CellKey
from lstmcheck.lstm.gates import peephole_row
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import DType, Floats, Numbers
from lstmcheck.reference.directions import Box
from lstmcheck.reference.nudged_cell import NudgedCell, Workspace


@dataclass(frozen=True)
class Move:
    """Copies that move a box of one row of an array by each of `steps` along each of `directions`."""

    info: ArrayInfo
    row: int
    box: Box
    directions: Floats
    """(K, …), with the shape of the box behind it."""
    steps: Numbers
    """(S,)."""
    copies: slice
    """Their places among all copies: direction by direction, K·S."""

    def is_of(self, key: CellKey) -> bool:
        """Whether a cell reads the array."""
        if self.info.block == "x":
            return key[0] == 0
        return key == (self.info.layer, self.info.reverse)

    def reaches(self, key: CellKey) -> bool:
        """Whether the states of a cell are other than without the move."""
        return self.info.layer is None or self.is_of(key) or key[0] > self.info.layer

    def shift(self) -> Numbers:
        """By how much copies differ from the box, (K·S, …)."""
        return self.stepped(self.directions)

    def of_shared(self, states: Numbers) -> Numbers:
        """What the directions make of states (T, B, ·) that no copy moves, (T, K, B, rows of the box)."""
        rows = states[..., self.box[1]].reshape(-1, self.directions.shape[2])
        products = np.matmul(rows, self.directions.swapaxes(1, 2))
        return np.asarray(products.reshape(len(products), *states.shape[:2], -1).swapaxes(0, 1))

    def of_own(self, states: Numbers) -> Numbers:
        """What the moved matrices make of the states (N, B, ·) of all copies, (K·S, B, rows of the box)."""
        mine = states[self.copies][..., self.box[1]]
        rows = mine.reshape(len(self.directions), -1, mine.shape[-1])
        products = _product(rows, self.directions.swapaxes(1, 2))
        each = products.reshape(len(products), len(self.steps), mine.shape[1], -1)
        return np.asarray(self.steps[:, None, None] * each).reshape(len(mine), mine.shape[1], -1)

    def of_input(self, t: int, W: Numbers) -> Numbers:
        """What a moved x adds to the pre-activations of a step, (4, K·S, moved sequences, H)."""
        moved = self.directions[:, t - self.box[0].start]
        return np.stack([self.stepped(moved @ matrix.T) for matrix in W[..., self.box[2]]])

    def stepped(self, along: Numbers) -> Numbers:
        """(K, …) → (K·S, …), times each of the steps."""
        steps = self.steps.reshape(-1, *[1] * (along.ndim - 1))
        return np.asarray(steps * along[:, None]).reshape(-1, *along.shape[1:])


def _product(states: Numbers, matrices: Floats) -> Numbers:
    """Of numbers that may be complex with real ones, without making those complex."""
    if not np.iscomplexobj(states):
        return np.asarray(np.matmul(states, matrices))
    return np.asarray(np.matmul(states.real, matrices) + 1j * np.matmul(states.imag, matrices))


class CellAlongDirections(NudgedCell):
    """A cell whose states have a copies axis (…, N, B, ·), its arrays moved along directions."""

    def __init__(
        self,
        cell: Cell,
        moves: Sequence[Move],
        x: Numbers,
        read: Numbers,
        copies: int,
        dtype: DType,
        workspace: Workspace,
    ) -> None:
        """`x` (T, B, ·) is what the cell reads where no copy moves that, `read` what it makes of it."""
        super().__init__(cell, None, read, copies, dtype, workspace)
        self.moves = [move for move in moves if move.is_of(cell.key)]
        # Once for all steps: large directions are slow to read.
        self.of_inputs = [move.of_shared(x) if move.info.block == "W" else None for move in self.moves]

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        z = super().affine(t, x, h)
        for move, of_inputs in zip(self.moves, self.of_inputs, strict=True):
            match move.info.block:
                case "W":
                    assert of_inputs is not None
                    z[move.row, move.copies, :, move.box[0]] += move.stepped(of_inputs[t])
                case "U" if h.ndim == 2:
                    z[move.row, move.copies, :, move.box[0]] += move.stepped(move.of_shared(h[None])[0])
                case "U":
                    z[move.row, move.copies, :, move.box[0]] += move.of_own(h)
                case "b" | "b_ih" | "b_hh":
                    z[move.row, move.copies, :, move.box[0]] += move.shift()[:, None]
                case "x" if move.box[0].start <= t < move.box[0].stop:
                    z[:, move.copies, move.box[1]] += move.of_input(t, self.W)
        return z

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        shared = super().peephole(gate, c)
        moves = [m for m in self.moves if m.info.block == "p" and m.row == peephole_row(gate)]
        if not moves:
            return shared
        own = np.broadcast_to(shared, (self.copies, *shared.shape[-2:])).astype(self.dtype)
        for move in moves:
            states = c if c.ndim == 2 else c[move.copies]
            own[move.copies, :, move.box[0]] += move.shift()[:, None] * states[..., move.box[0]]
        return own

    def project(self, m: Numbers) -> Numbers:
        h = super().project(m)
        for move in self.moves:
            if move.info.block == "R":
                h[move.copies, :, move.box[0]] += move.of_own(m)
        return h
