"""Derivatives of the loss by single entries, many at a time: which cells to run again, in which portions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import cast

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import Cell, CellKey
from lstmcheck.lstm.forward import Outputs, Trace, run_layers
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices, Numbers
from lstmcheck.reference.network import Measured
from lstmcheck.reference.nudged_cell import Nudge, NudgedCell, Workspace
from lstmcheck.tolerances.differences import FIRST_CONFIRMED
from lstmcheck.tolerances.precision import COMPLEX_STEP

STATES = 2**16
"""Copies times batch times hidden size in one run: few enough for the cache, enough to keep threads apart."""
SMALLEST_ROWS = 24
"""Of large networks: with fewer, matrices would be read more often than they are worth."""
LARGEST_ROWS = 4096
OUTPUT_BYTES = 64 * 2**20
"""Bound on the outputs that one run stores."""


class NudgedNetwork:
    """Evaluates nudged copies of a case, in portions that stay in the cache, on the threads of a pool."""

    def __init__(
        self, case: Case, pool: Executor | None = None, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self.case = case
        self.base = case.trace(keep=False)
        self.read = {key: cell.inputs(self.base.layer_input(key[0])) for key, cell in self.base.cells.items()}
        """W x + b of every cell and step, (4, T, B, H): most copies read what the base reads."""
        self.pool = pool
        self.progress = progress or (lambda done, expected: None)
        self._of_thread = threading.local()
        self.evaluations = 0
        self.expected = 0
        self.confirmed_first = FIRST_CONFIRMED

    @property
    def has_kinks(self) -> bool:
        """Whether some activation is not twice differentiable everywhere."""
        cell = next(iter(self.base.cells.values()))
        return any(a.kinks or a.bends for a in (cell.gate, cell.candidate, cell.output))

    def central(self, info: ArrayInfo, entries: Indices, steps: Floats) -> Measured:
        """Central differences by the entries (flat indices) of one array, each with its own step."""
        return self._measure(info, entries, steps, self._central)

    def complex_step(self, info: ArrayInfo, entries: Indices) -> Measured:
        """Im L(θ + is)/s by the entries of one array; kinked: the point itself lies on a kink."""
        return self._measure(info, entries, np.full(len(entries), COMPLEX_STEP), self._complex)

    def _measure(
        self,
        info: ArrayInfo,
        entries: Indices,
        steps: Floats,
        method: Callable[[Nudge], tuple[Floats, Flags]],
    ) -> Measured:
        moves = _Moves(info, entries, steps)
        portions = self._portions(moves.nudge, copies=2 if method == self._central else 1)
        run = self.pool.map if self.pool and len(portions) > 1 else map
        shares, kinked = [], []
        for portion, (share, kink) in zip(portions, run(method, portions), strict=True):
            shares.append(share)
            kinked.append(kink)
            self.count(len(portion) * (2 if method == self._central else 1))
        return moves.gather(np.concatenate(shares), np.concatenate(kinked))

    def count(self, evaluations: int) -> None:
        """Tell that so many more evaluations were made."""
        self.evaluations += evaluations
        self.expected = max(self.expected, self.evaluations)
        self.progress(self.evaluations, self.expected)

    def _portions(self, nudge: Nudge, copies: int) -> list[Nudge]:
        """Cuts that do not depend on the number of threads, so that neither do the results.

        The states of different cells are moved in different portions.
        """
        size = max(1, self.rows() // (copies * self.case.arrays["x"].shape[1]))
        cells = nudge.entries[0] if nudge.info.block in ("h0", "c0") else np.zeros(len(nudge), np.intp)
        return [
            replace(nudge, entries=tuple(e[part] for e in nudge.entries), delta=nudge.delta[part])
            for cell in np.unique(cells)
            for part in _cut(np.flatnonzero(cells == cell), size)
        ]

    def rows(self, at_least: int = SMALLEST_ROWS) -> int:
        """Copies times sequences in one run."""
        spec = self.case.spec
        stored = 8 * len(self.case.arrays["x"]) * len(spec.cells) * spec.output_size
        in_cache = max(at_least, STATES // spec.hidden_size + 1)
        return min(LARGEST_ROWS, in_cache, OUTPUT_BYTES // stored + 1)

    # What overflows is told by the verdict. Each thread has error handling of its own.
    @np.errstate(all="ignore")
    def _central(self, nudge: Nudge) -> tuple[Floats, Flags]:
        both = replace(
            nudge,
            entries=tuple(np.concatenate([e, e]) for e in nudge.entries),
            delta=np.concatenate([nudge.delta, -nudge.delta]),
        )
        outputs, kinked = self._run(both)
        plus, minus = (Outputs(*(_copies(q, half) for q in outputs)) for half in _halves(len(nudge)))
        difference = self.case.loss.difference(plus, minus)
        return difference / (2 * nudge.delta[:, None]), self._flags(kinked, len(nudge))

    @np.errstate(all="ignore")
    def _complex(self, nudge: Nudge) -> tuple[Floats, Flags]:
        outputs, kinked = self._run(replace(nudge, delta=1j * nudge.delta))
        return self.case.loss.value(outputs).imag / nudge.delta[:, None], self._flags(kinked, len(nudge))

    def _flags(self, kinked: Flags | bool, copies: int) -> Flags:
        return np.broadcast_to(kinked, (copies, self.case.arrays["x"].shape[1]))

    def _run(self, nudge: Nudge) -> tuple[Outputs, Flags | bool]:
        nudged = self._nudged_cells(nudge)
        cells: dict[CellKey, Cell] = {**self.base.cells, **nudged}
        kept = {key: run for key, run in self.base.runs.items() if key not in nudged}
        trace = Trace(self.base.spec, self.base.x, self.base.valid, cells, kept)
        h0, c0 = (self._states(nudge, block) for block in ("h0", "c0"))
        outputs = run_layers(trace, h0, c0, keep=False).outputs
        kinked: Flags | bool = False
        for cell in nudged.values():
            kinked = kinked | cell.crossed
        return outputs, kinked

    def _nudged_cells(self, nudge: Nudge) -> dict[CellKey, NudgedCell]:
        """Cells whose states differ from the base: those that read the moved array, and all above."""
        reading = self._reading_cells(nudge)
        layer = min(key[0] for key in reading)
        dtype = np.result_type(nudge.delta, float)
        return {
            key: NudgedCell(
                cell,
                nudge if key in reading else None,
                self.read[key],
                len(nudge),
                dtype,
                self.workspace(),
            )
            for key, cell in self.base.cells.items()
            if key in reading or key[0] > layer
        }

    def workspace(self) -> Workspace:
        """The calling thread's own."""
        if not hasattr(self._of_thread, "workspace"):
            self._of_thread.workspace = Workspace()
        return cast(Workspace, self._of_thread.workspace)

    def _reading_cells(self, nudge: Nudge) -> list[CellKey]:
        info, spec = nudge.info, self.case.spec
        if info.layer is not None:
            return [(info.layer, info.reverse)]
        if info.block == "x":
            return [key for key in spec.cells if key[0] == 0]
        return [spec.cells[int(nudge.entries[0][0])]]

    def _states(self, nudge: Nudge, block: str) -> list[Numbers]:
        """The initial states of every cell (B, ·), of the moved one (N, B, ·)."""
        states: list[Numbers] = list(self.case.arrays[block])
        if nudge.info.block == block:
            cell, unit = nudge.entries
            moved = np.repeat(states[cell[0]][None], len(nudge), axis=0).astype(nudge.delta.dtype)
            moved[nudge.copies, :, unit] += nudge.delta[:, None]
            states[cell[0]] = moved
        return states


class _Moves:
    """The copies that some entries need, and which copy and sequence tells each entry's derivative.

    Sequences do not touch each other: one copy moves an entry of x, h0 or c0 in all of them at once, and
    each sequence's share of the loss is the derivative by its own entry.
    """

    def __init__(self, info: ArrayInfo, entries: Indices, steps: Floats) -> None:
        index = np.unravel_index(entries, info.shape)
        self.sequence: Indices | None = None
        if info.layer is None:
            self.sequence = index[1]
            moved = np.stack([index[0], index[2], steps.view(np.int64)])
            copies, self.copy = np.unique(moved, axis=1, return_inverse=True)
            index, steps = (copies[0], copies[1]), copies[2].view(np.float64)
        self.nudge = Nudge(info, tuple(index), steps)

    def gather(self, shares: Floats, kinked: Flags) -> Measured:
        """From (copies, B) to one number per entry, (K,)."""
        if self.sequence is None:
            return Measured(shares.sum(1), np.asarray(kinked.any(1)))
        return Measured(shares[self.copy, self.sequence], kinked[self.copy, self.sequence])


def _cut(positions: Indices, size: int) -> list[Indices]:
    """Parts of up to `size`, one as long as the other."""
    return np.array_split(positions, -(-len(positions) // size))


def _halves(n: int) -> tuple[slice, slice]:
    return slice(0, n), slice(n, 2 * n)


def _copies(q: Numbers, part: slice) -> Numbers:
    """Some copies of outputs (T, N, B, ·)."""
    return q[:, part]
