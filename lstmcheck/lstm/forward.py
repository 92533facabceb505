"""The forward equations, written once: a step of a cell, the steps of a sequence, the cells of a network."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmcheck.lstm.cell import Cell, CellKey
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Flags, Numbers

Valid = Flags | None
"""(T, B, 1): which steps lie within their sequence; None where all do."""


class Step(NamedTuple):
    """What one step read and computed; letters as in the equations, h and c before any carrying."""

    cell: Cell
    t: int
    valid: Flags | None
    x: Numbers
    h_prev: Numbers
    c_prev: Numbers
    z: Numbers
    i: Numbers
    f: Numbers
    g: Numbers
    o: Numbers
    c: Numbers
    m: Numbers
    h: Numbers


def step(
    cell: Cell,
    t: int,
    x: Numbers,
    h_prev: Numbers,
    c_prev: Numbers,
    valid: Flags | None = None,
) -> Step:
    """One step of one cell: x (…, B, D), h_prev (…, B, P), c_prev (…, B, H)."""
    z = cell.affine(t, x, h_prev)
    if cell.p is not None:
        z[I] += cell.peephole(I, c_prev)
        z[F] += cell.peephole(F, c_prev)
    i = cell.open(I, z)
    f = cell.one_minus(i, z) if cell.spec.coupled else cell.open(F, z)
    g = cell.open(G, z)
    c = cell.remember(f, c_prev, i, g)
    if cell.p is not None:
        z[O] += cell.peephole(O, c)
    o = cell.open(O, z)
    m = cell.emit(o, c)
    return Step(cell, t, valid, x, h_prev, c_prev, z, i, f, g, o, c, m, cell.project(m))


def carried(valid: Flags | None, new: Numbers, old: Numbers) -> Numbers:
    """The state after a step: the old one where a sequence has ended (or, reversed, not begun)."""
    return new if valid is None else np.where(valid, new, old)


def run_cell(cell: Cell, x: Numbers, h: Numbers, c: Numbers, valid: Valid) -> Iterator[Step]:
    """The steps of one cell over x (T, …, B, D), in the order in which it takes them."""
    times = range(len(x))
    for t in reversed(times) if cell.key[1] else times:
        now = None if valid is None else valid[t]
        s = step(cell, t, x[t], h, c, now)
        h, c = carried(now, s.h, h), carried(now, s.c, c)
        yield s


class Outputs(NamedTuple):
    """y (T, …, B, directions·P), h_T (cells, …, B, P), c_T (cells, …, B, H)."""

    y: Numbers
    h_T: Numbers
    c_T: Numbers


class CellRun(NamedTuple):
    """One cell's outputs (T, …, B, P), its final states, and its steps where they were kept."""

    y: Numbers
    h_T: Numbers
    c_T: Numbers
    steps: tuple[Step, ...] = ()


def collect(cell: Cell, x: Numbers, h: Numbers, c: Numbers, valid: Valid, *, keep: bool = True) -> CellRun:
    """Run one cell and gather its outputs; `keep` its steps for a backward pass."""
    y: Numbers | None = None
    steps: list[Step] = []
    for s in run_cell(cell, x, h, c, valid):
        if y is None:
            y = cell.room_for_outputs((len(x), *s.h.shape), s.h.dtype)
        y[s.t] = s.h if s.valid is None else np.where(s.valid, s.h, 0)
        h, c = carried(s.valid, s.h, h), carried(s.valid, s.c, c)
        if keep:
            steps.append(s)
    assert y is not None
    return CellRun(y, h, c, tuple(steps))


def beside(runs: Collection[CellRun]) -> Numbers:
    """The outputs of a layer: its directions side by side; those without copies are repeated."""
    ys = [run.y for run in runs]
    return ys[0] if len(ys) == 1 else np.concatenate(_same_axes(ys), axis=-1)


def _same_axes(arrays: list[Numbers]) -> list[Numbers]:
    """Every array (n, B, ·) repeated for the copies (n, N, B, ·) that another has."""
    copies = [a.shape[1] for a in arrays if a.ndim == 4]
    if not copies:
        return arrays
    return [
        a if a.ndim == 4 else np.broadcast_to(a[:, None], (len(a), copies[0], *a.shape[1:])) for a in arrays
    ]


@dataclass(frozen=True)
class Trace:
    """A forward pass with everything that its backward pass needs."""

    spec: LstmSpec
    x: Numbers
    valid: Valid
    cells: Mapping[CellKey, Cell]
    runs: Mapping[CellKey, CellRun]

    def layer_input(self, layer: int) -> Numbers:
        """(T, …, B, D) of the first layer, (T, …, B, directions·P) above."""
        return self.x if layer == 0 else beside(self._layer(layer - 1))

    def _layer(self, layer: int) -> list[CellRun]:
        return [self.runs[key] for key in self.spec.cells if key[0] == layer]

    @property
    def outputs(self) -> Outputs:
        runs = [self.runs[key] for key in self.spec.cells]
        h = _same_axes([run.h_T[None] for run in runs])
        c = _same_axes([run.c_T[None] for run in runs])
        return Outputs(beside(self._layer(self.spec.num_layers - 1)), np.concatenate(h), np.concatenate(c))


def make_cells(spec: LstmSpec, arrays: Mapping[str, Numbers]) -> dict[CellKey, Cell]:
    """Every cell of the network, with its parameters out of `arrays`."""
    return {key: Cell(spec, arrays, key) for key in spec.cells}


def valid_steps(lengths: NDArray[np.int64] | None, length: int) -> Valid:
    """(T, B, 1) mask of the steps before each sequence's end."""
    return None if lengths is None else (np.arange(length)[:, None] < lengths)[..., None]


def forward(
    spec: LstmSpec,
    arrays: Mapping[str, Numbers],
    lengths: NDArray[np.int64] | None = None,
    *,
    keep: bool = True,
    cells: Mapping[CellKey, Cell] | None = None,
) -> Trace:
    """Run the network, through `cells` of another kind if given.

    `arrays` holds the parameters and x (T, B, D), h0 (cells, B, P), c0 (cells, B, H); `lengths` (B,).
    """
    x = arrays["x"]
    trace = Trace(spec, x, valid_steps(lengths, len(x)), cells or make_cells(spec, arrays), {})
    return run_layers(trace, list(arrays["h0"]), list(arrays["c0"]), keep=keep)


def run_layers(trace: Trace, h0: Sequence[Numbers], c0: Sequence[Numbers], *, keep: bool = True) -> Trace:
    """Run every cell that `trace` has no run of, from its initial states (…, B, ·); the others stay."""
    runs = dict(trace.runs)
    for position, key in enumerate(trace.spec.cells):
        if key not in runs:
            x = Trace(trace.spec, trace.x, trace.valid, trace.cells, runs).layer_input(key[0])
            runs[key] = collect(trace.cells[key], x, h0[position], c0[position], trace.valid, keep=keep)
    return Trace(trace.spec, trace.x, trace.valid, trace.cells, runs)
