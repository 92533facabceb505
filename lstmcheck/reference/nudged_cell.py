"""Many copies of a cell, each moved in one entry of one array, run as one batch.

A copy differs from the others in one number, so its steps share every matrix product: the product is taken
with the unmoved matrix, and what the moved entry adds is scattered into the result. No matrix is copied.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import prod

import numpy as np

from lstmcheck.lstm.activations import Activation
from lstmcheck.lstm.cell import Cell, product, with_copies
from lstmcheck.lstm.gates import F, peephole_row
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.perturbed_cells import PerturbedCell
from lstmcheck.lstm.types import DType, Flags, Indices, Numbers


@dataclass(frozen=True)
class Nudge:
    """Copy n has `entries[...][n]` of one array moved by `delta[n]`.

    Of x, h0 and c0 an entry leaves out the batch axis: every sequence is moved at once.
    """

    info: ArrayInfo
    entries: tuple[Indices, ...]
    delta: Numbers

    def __len__(self) -> int:
        return len(self.delta)

    @property
    def copies(self) -> Indices:
        return np.arange(len(self.delta))


class Workspace:
    """Memory that runs share one after the other: new memory costs more time than the arithmetic on it."""

    def __init__(self) -> None:
        self._flat: dict[Hashable, Numbers] = {}

    def array(self, key: Hashable, shape: tuple[int, ...], dtype: DType) -> Numbers:
        """An array whose contents last until the same key is asked for again."""
        size = prod(shape)
        flat = self._flat.get((key, dtype))
        if flat is None or flat.size < size:
            flat = self._flat[key, dtype] = np.empty(size, dtype)
        return flat[:size].reshape(shape)


class NudgedCell(PerturbedCell):
    """A cell whose states have a copies axis (…, N, B, ·), and whose parameters may be nudged.

    Records in `crossed` (N or N/2, B) where a kink stands between a copy and its counterpart, and so in
    the way of their difference.
    """

    def __init__(
        self,
        cell: Cell,
        nudge: Nudge | None,
        read: Numbers,
        copies: int,
        dtype: DType,
        workspace: Workspace,
    ) -> None:
        """`read` is W x + b of all steps, (4, T, B, H), where no copy moves x."""
        super().__init__(cell)
        self.nudge, self.read, self.copies, self.dtype = nudge, read, copies, dtype
        self.workspace = workspace
        self.real = dtype.kind == "f"
        self.crossed: Flags | bool = False

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        self.t = t
        if h.ndim == 3:
            z = self._recurrent(h)
            z += with_copies(self.inputs(x))
        else:
            z = self._per_copy(super().affine(t, x, h))
        if self.nudge is not None:
            self._nudge_affine(self.nudge, t, x, h, z)
        return z

    def inputs(self, x: Numbers) -> Numbers:
        return self.read[:, self.t] if x.ndim == 2 else super().inputs(x)

    def _recurrent(self, h: Numbers) -> Numbers:
        """U h, (4, N, B, H)."""
        if not self.real:
            return product(h, self.U)
        rows = h.reshape(-1, h.shape[-1])
        z = self._room("z", (4, *h.shape[:-1], self.U.shape[1]))
        np.matmul(rows, self.U.swapaxes(-1, -2), out=z.reshape(4, len(rows), -1))
        return z

    def _per_copy(self, z: Numbers) -> Numbers:
        """z (4, B, H) or (4, N, B, H) → memory of its own, (4, N, B, H)."""
        own = self._room("z", (4, self.copies, *z.shape[-2:]))
        np.copyto(own, with_copies(z))
        return own

    def _room(self, name: str, shape: tuple[int, ...]) -> Numbers:
        """Memory that this cell uses again at every step, whose contents are then read no more."""
        return self.workspace.array((self.key, name), shape, self.dtype)

    def _nudge_affine(self, nudge: Nudge, t: int, x: Numbers, h: Numbers, z: Numbers) -> None:
        n, delta = nudge.copies, nudge.delta[:, None]
        match nudge.info.block:
            case "W":
                gate, unit, column = nudge.entries
                z[gate, n, :, unit] += delta * _column(x, n, column)
            case "U":
                gate, unit, column = nudge.entries
                z[gate, n, :, unit] += delta * _column(h, n, column)
            case "b" | "b_ih" | "b_hh":
                gate, unit = nudge.entries
                z[gate, n, :, unit] += delta
            case "x":
                now = np.flatnonzero(nudge.entries[0] == t)
                moved = self.W[:, :, nudge.entries[1][now]] * nudge.delta[now]
                z[:, now] += moved.swapaxes(1, 2)[:, :, None]

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        shared = super().peephole(gate, c)
        if self.nudge is None or self.nudge.info.block != "p":
            return shared
        row, unit = self.nudge.entries
        n = np.flatnonzero(row == peephole_row(gate))
        own: Numbers = np.broadcast_to(shared, (self.copies, *shared.shape[-2:])).astype(self.dtype)
        own[n, :, unit[n]] += self.nudge.delta[n, None] * _column(c, n, unit[n])
        return own

    def project(self, m: Numbers) -> Numbers:
        h = super().project(m)
        if self.nudge is not None and self.nudge.info.block == "R":
            row, column = self.nudge.entries
            n = self.nudge.copies
            h[n, :, row] += self.nudge.delta[:, None] * _column(m, n, column)
        return h

    def activate(self, activation: Activation, z: Numbers, out: Numbers | None = None) -> Numbers:
        for point in activation.kinks:
            self.crossed = self.crossed | _crossed(z, point)
        if self.real:
            for point in activation.bends:
                self.crossed = self.crossed | _crossed(z, point)
        if activation.fast and self.real:
            return activation.fast(z, z if out is None else out)
        return super().activate(activation, z)

    def one_minus(self, i: Numbers, z: Numbers) -> Numbers:
        # A real i was written over its z; that of the forget gate is not needed where 1 − i takes its place.
        return np.subtract(1, i, out=z[F]) if self.real else super().one_minus(i, z)

    def remember(self, f: Numbers, c: Numbers, i: Numbers, g: Numbers) -> Numbers:
        # The old c is read while the new one is written: they take turns.
        state = np.multiply(f, c, out=self._room(f"c{self.t % 2}", f.shape))
        state += np.multiply(i, g, out=self._room("m", f.shape))
        return state

    def emit(self, o: Numbers, c: Numbers) -> Numbers:
        m = self.activate(self.output, c, self._room("m", c.shape))
        m *= o
        return m

    def room_for_outputs(self, shape: tuple[int, ...], dtype: DType) -> Numbers:
        return self._room("y", shape)


def _column(states: Numbers, n: Indices, column: Indices) -> Numbers:
    """(N, B): copy n's own column, out of states (N, B, ·) or shared ones (B, ·)."""
    return states[:, column].T if states.ndim == 2 else states[n, :, column]


def _crossed(z: Numbers, kink: float) -> Flags | bool:
    """Copies, (…, B), whose difference or complex step meets the kink somewhere in (…, B, H)."""
    if np.iscomplexobj(z):
        # The square of the step has moved the real part.
        return np.asarray(((np.abs(z.real - kink) <= np.abs(z.imag)) & (z.imag != 0)).any(-1))
    if z.ndim < 3:
        return False
    side = z > kink
    half = len(side) // 2
    return np.asarray((side[:half] != side[half:]).any(-1))
