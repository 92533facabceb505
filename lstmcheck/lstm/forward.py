"""The forward equations, written once.

A `Cell` touches its parameters in three operations only: `affine`, `peephole` and `project`. Whoever needs
other parameters, nudged copies for instance, overrides those. Every operation takes further axes in
front of the batch, so that many copies of the states go through one step together, and complex numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmcheck.lstm.activations import ACTIVATIONS, Activation
from lstmcheck.lstm.gates import F, G, I, O, peephole_row
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import DType, Flags, Numbers

CellKey = tuple[int, bool]
"""(layer, reverse)."""
Valid = Flags | None
"""(T, B, 1): which steps lie within their sequence; None where all do."""


def product(states: Numbers, matrices: Numbers, out: Numbers | None = None) -> Numbers:
    """(…, P) times (4, H, P) → (4, …, H), each gate's part contiguous."""
    rows = states.reshape(-1, states.shape[-1])
    if out is not None:
        np.matmul(rows, matrices.swapaxes(-1, -2), out=out.reshape(len(matrices), len(rows), -1))
        return out
    if np.iscomplexobj(rows) and not np.iscomplexobj(matrices):
        parts = np.stack([rows.real, rows.imag]).reshape(-1, rows.shape[-1])
        real, imag = product(parts, matrices).reshape(len(matrices), 2, len(rows), -1).swapaxes(0, 1)
        result = real + 1j * imag
    else:
        result = rows @ matrices.swapaxes(-1, -2)
    return np.asarray(result.reshape(len(matrices), *states.shape[:-1], -1))


class Cell:
    """One layer in one direction: its parameters and how a step uses them."""

    def __init__(self, spec: LstmSpec, arrays: Mapping[str, Numbers], key: CellKey) -> None:
        def find(block: str) -> Numbers | None:
            return arrays.get(array_name(block, *key))

        self.spec, self.key = spec, key
        self.W, self.U = arrays[array_name("W", *key)], arrays[array_name("U", *key)]
        self.p, self.R = find("p"), find("R")
        self.b = find("b") if spec.bias == "one" else None
        if spec.bias == "two":
            self.b = arrays[array_name("b_ih", *key)] + arrays[array_name("b_hh", *key)]
        self.gate = ACTIVATIONS[spec.gate]
        self.candidate = ACTIVATIONS[spec.candidate]
        self.output = ACTIVATIONS[spec.output]

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        """W x + U h + b, (4, …, B, H)."""
        inputs = product(x, self.W)
        if self.b is not None:
            inputs += self.b[:, None, :] if inputs.ndim == 3 else self.b[:, None, None, :]
        return _add(self.recurrent(h), inputs)

    def recurrent(self, h: Numbers) -> Numbers:
        """U h, (4, …, B, H)."""
        return product(h, self.U)

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        """p_k ∘ c, (…, B, H)."""
        assert self.p is not None
        return np.asarray(self.p[peephole_row(gate)] * c)

    def project(self, m: Numbers) -> Numbers:
        """R m, (…, B, P); m itself without projection."""
        return m if self.R is None else product(m, self.R[None])[0]

    def activate(self, activation: Activation, z: Numbers, out: Numbers) -> Numbers:
        """The activation of z, written into `out`."""
        return activation.value(z, out)

    def one_minus(self, i: Numbers, z: Numbers, out: Numbers) -> Numbers:
        """1 − i, i being the input gate of z."""
        complement = self.gate.complement
        return np.subtract(1, i, out=out) if complement is None else complement(z, out)

    def room(self, name: str, t: int, shape: tuple[int, ...], dtype: DType) -> Numbers:
        """Where step t may write the array `name`: new memory, for a backward pass reads them all."""
        return np.empty(shape, dtype)


def _add(a: Numbers, b: Numbers) -> Numbers:
    """a + b for (4, B, H) or (4, N, B, H), written over the one that can hold the sum."""
    if (a.ndim, a.dtype.itemsize) < (b.ndim, b.dtype.itemsize):
        a, b = b, a
    shared = b[:, None] if b.ndim < a.ndim else b
    return np.add(a, shared, out=a if a.dtype >= b.dtype else None)


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
    a = cell.room("gates", t, z.shape, z.dtype)
    if cell.p is not None:
        z[I] += cell.peephole(I, c_prev)
        z[F] += cell.peephole(F, c_prev)
    i = cell.activate(cell.gate, z[I], a[I])
    f = cell.one_minus(i, z[I], a[F]) if cell.spec.coupled else cell.activate(cell.gate, z[F], a[F])
    g = cell.activate(cell.candidate, z[G], a[G])
    c = np.multiply(f, c_prev, out=cell.room("c", t, i.shape, i.dtype))
    m = cell.room("m", t, i.shape, i.dtype)
    c += np.multiply(i, g, out=m)
    if cell.p is not None:
        z[O] += cell.peephole(O, c)
    o = cell.activate(cell.gate, z[O], a[O])
    cell.activate(cell.output, c, m)
    m *= o
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
            y = cell.room("y", 0, (len(x), *s.h.shape), s.h.dtype)
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
