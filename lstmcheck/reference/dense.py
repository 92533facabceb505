"""Copies of our network, each with a whole gate moved along a direction, run as one batch.

All copies share the product with the unmoved matrix, which is what takes the time; each adds what its own
direction makes of its own states.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.lstm.forward import Cell, CellKey, Outputs, Trace, run_layers
from lstmcheck.lstm.gates import peephole_row
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.perturbed_cells import PerturbedCell
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.reference.evaluate import NudgedNetwork
from lstmcheck.tolerances import COMPLEX_STEP


@dataclass(frozen=True)
class Move:
    """Copy n has row `row` of an array moved by `steps[n]` times `directions[n % K]`."""

    info: ArrayInfo
    row: int
    directions: Floats
    """(K, …), each in the shape of the gate."""
    steps: Numbers
    """(N,), N a multiple of K."""

    def __len__(self) -> int:
        return len(self.steps)

    def is_of(self, key: CellKey) -> bool:
        """Whether the array is a parameter of this cell."""
        return key == (self.info.layer, self.info.reverse)

    def reaches(self, key: CellKey) -> bool:
        """Whether the states of a cell are other than without the move."""
        return self.info.layer is None or self.is_of(key) or key[0] > self.info.layer

    def added(self, states: Numbers) -> Numbers:
        """What the moved matrices add, (N, B, ·), to a product with states (B, ·) or (N, B, ·)."""
        times = len(self) // len(self.directions)
        if states.ndim == 2:
            products = np.concatenate([states @ self.directions.swapaxes(1, 2)] * times)
        else:
            copies = states.reshape(times, -1, *states.shape[1:])
            products = (copies @ self.directions.swapaxes(1, 2)).reshape(len(self), states.shape[1], -1)
        return np.asarray(self.steps[:, None, None] * products)

    def shift(self) -> Numbers:
        """By how much copies differ from the array, (N, …)."""
        repeated = np.concatenate([self.directions] * (len(self) // len(self.directions)))
        return np.asarray(self.steps.reshape(-1, *[1] * (repeated.ndim - 1)) * repeated)


class DenseCell(PerturbedCell):
    """A cell whose states have a copies axis (…, N, B, ·), one of its arrays moved along directions."""

    def __init__(self, cell: Cell, move: Move) -> None:
        super().__init__(cell)
        self.move = move
        self.moved = move.info.block if move.is_of(cell.key) else None

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        z = super().affine(t, x, h)
        if z.ndim == 3 or z.dtype != self.move.steps.dtype:
            z = self._per_copy(z)
        match self.moved:
            case "W":
                z[self.move.row] += self.move.added(x)
            case "U":
                z[self.move.row] += self.move.added(h)
            case "b" | "b_ih" | "b_hh":
                z[self.move.row] += self.move.shift()[:, None]
        return z

    def _per_copy(self, z: Numbers) -> Numbers:
        """z (4, B, H) or (4, N, B, H) → (4, N, B, H) of its own."""
        repeated = z if z.ndim == 4 else np.repeat(z[:, None], len(self.move), axis=1)
        return repeated.astype(self.move.steps.dtype)

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        shared = super().peephole(gate, c)
        if self.moved != "p" or self.move.row != peephole_row(gate):
            return shared
        return np.asarray(shared + self.move.shift()[:, None] * c)

    def project(self, m: Numbers) -> Numbers:
        shared = super().project(m)
        return np.asarray(shared + self.move.added(m)) if self.moved == "R" else shared


class DenseNetwork:
    """Derivatives of our own loss along whole directions, counted with those of a network's entries."""

    def __init__(self, network: NudgedNetwork) -> None:
        self.case, self.base, self.count = network.case, network.base, network.count

    @np.errstate(all="ignore")
    def central_along(self, info: ArrayInfo, row: int, directions: Floats, step: float) -> Floats:
        """(L(θ + s·w) − L(θ − s·w)) / 2s along `directions` (K, …), (K,)."""
        count = len(directions)
        outputs = self._run(Move(info, row, directions, np.repeat([step, -step], count)))
        plus, minus = (Outputs(*(q[:, part] for q in outputs)) for part in (slice(count), slice(count, None)))
        return np.asarray(self.case.loss.difference(plus, minus).sum(-1) / (2 * step))

    @np.errstate(all="ignore")
    def complex_along(self, info: ArrayInfo, row: int, directions: Floats) -> Floats:
        """Im L(θ + is·w) / s along `directions` (K, …), (K,)."""
        outputs = self._run(Move(info, row, directions, np.full(len(directions), 1j * COMPLEX_STEP)))
        return np.asarray(self.case.loss.value(outputs).sum(-1).imag / COMPLEX_STEP)

    def _run(self, move: Move) -> Outputs:
        self.count(len(move))
        spec, arrays = self.case.spec, self.case.arrays
        states = {name: list(arrays[name]) for name in ("h0", "c0")}
        trace = self.base
        if move.info.block == "x":
            trace = replace(trace, x=(arrays["x"] + move.shift()).swapaxes(0, 1))
        elif move.info.layer is None:
            moved = arrays[move.info.block] + move.shift()
            states[move.info.block] = list(moved.swapaxes(0, 1))
        cells = {key: DenseCell(c, move) if move.reaches(key) else c for key, c in trace.cells.items()}
        kept = {key: run for key, run in trace.runs.items() if not move.reaches(key)}
        moved_trace = Trace(spec, trace.x, trace.valid, cells, kept)
        return run_layers(moved_trace, states["h0"], states["c0"], keep=False).outputs
