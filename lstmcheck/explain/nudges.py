"""Nudges of quantities inside a step: the forward pass once more, with a number moved on its way.

Nothing here uses the backward pass: a derivative is the imaginary part that the loss takes on when a
number moves along the imaginary axis, L(q + is) = L(q) + is ∂L/∂q + O(s²).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lstmcheck.explain.focus import KEY, Focus
from lstmcheck.lstm.activations import Activation
from lstmcheck.lstm.forward import Cell, CellRun, Outputs, Step, Trace, carried, run_layers, step
from lstmcheck.lstm.gates import GATES, O
from lstmcheck.lstm.types import DType, Floats, Indices, Numbers
from lstmcheck.tolerances import COMPLEX_STEP

Pushes = Mapping[tuple[str, int], Numbers]
"""What is added to a quantity at a step, with a copies axis in front of its own shape (N, 1 or B, ·).

`x`, `h`, `c` are what the step reads: moving them leaves the output of the step before as it was.
`z` (4, N, 1 or B, H), `i`, `f`, `g`, `o`, `c_new`, `m`, `h_new` are what it computes; `y` is its output
alone, and `h_T`, `c_T` are the final states alone. `W` (N, 4, H, D) and `U` (N, 4, H, P) move the copy
of the weights that this one step uses.
"""


class PushedCell(Cell):
    """A cell with a copies axis whose quantities are moved on their way."""

    def __init__(self, cell: Cell, pushes: Pushes, copies: int, dtype: DType) -> None:
        self.__dict__.update(vars(cell))
        self.pushes, self.copies, self.dtype = pushes, copies, dtype

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        self.t, self.names = t, self._order()
        x, h = self.moved("x", x), self.moved("h", h)
        z = super().affine(t, x, h)
        return self.pushed(t, x, h, z[:, None] if z.ndim == 3 else z)

    def pushed(self, t: int, x: Numbers, h: Numbers, z: Numbers) -> Numbers:
        """z (4, 1 or N, B, H) for each copy, with what moves it at this step: (4, N, B, H)."""
        own = np.broadcast_to(z, (4, self.copies, *z.shape[-2:])).astype(self.dtype)
        own += self.pushes.get(("z", t), 0)
        for block, read in (("W", x), ("U", h)):
            if (block, t) in self.pushes:
                each = np.broadcast_to(read, (self.copies, *read.shape[-2:]))
                own += np.einsum("nkhd,nbd->knbh", self.pushes[block, t], each)
        return own

    def moved(self, name: str, value: Numbers) -> Numbers:
        """The value as this step has it."""
        push = self.pushes.get((name, self.t))
        return value if push is None else np.asarray(value + push)

    def _order(self) -> Iterator[str]:
        """What the activations of one step compute, in turn."""
        return iter(GATES.replace("f", "") if self.spec.coupled else GATES)

    def activate(self, activation: Activation, z: Numbers, out: Numbers) -> Numbers:
        value = super().activate(activation, z, out)
        value += self.pushes.get((next(self.names, ""), self.t), 0)
        return value

    def one_minus(self, i: Numbers, z: Numbers, out: Numbers) -> Numbers:
        value = super().one_minus(i, z, out)
        value -= self.pushes.get(("i", self.t), 0)
        value += self.pushes.get(("f", self.t), 0)
        return value

    def room(self, name: str, t: int, shape: tuple[int, ...], dtype: DType) -> Numbers:
        """Memory for c is asked for before anything reads c, and memory for m after f ∘ c stands in it."""
        room = super().room(name, t, shape, dtype)
        if name == "c":
            self.c_new = room
        elif name == "m":
            self.c_new += self.pushes.get(("c_new", t), 0)
        return room

    def project(self, m: Numbers) -> Numbers:
        return self.moved("h_new", super().project(self.moved("m", m)))


class Nudges:
    """Runs the network of a focus again with pushed quantities."""

    def __init__(self, focus: Focus) -> None:
        self.focus, self.case = focus, focus.case

    def derivative(self, pushes: Pushes) -> Floats:
        """Derivative of each sequence's share of the loss along each copy's push, (N, B)."""
        scaled = {key: 1j * COMPLEX_STEP * push for key, push in pushes.items()}
        return np.asarray(self.losses(scaled).imag / COMPLEX_STEP)

    def losses(self, pushes: Pushes) -> Numbers:
        """Each sequence's share of the loss for each copy, (N, B)."""
        return self.case.loss.value(self._outputs(pushes))

    def _outputs(self, pushes: Pushes) -> Outputs:
        trace = self.focus.trace
        first = [key for key in trace.spec.cells if key[0] == 0]
        runs = {key: self._run(pushes) if key == KEY else trace.runs[key] for key in first}
        moved = Trace(trace.spec, trace.x, trace.valid, trace.cells, runs)
        h0, c0 = self.case.arrays["h0"], self.case.arrays["c0"]
        return run_layers(moved, list(h0), list(c0), keep=False).outputs

    def make_cell(self, pushes: Pushes, copies: int, dtype: DType) -> PushedCell:
        """The cell of the focus, with pushes."""
        return PushedCell(self.focus.trace.cells[KEY], pushes, copies, dtype)

    def _run(self, pushes: Pushes) -> CellRun:
        copies, dtype = _copies(pushes), np.result_type(float, *pushes.values())
        cell = self.make_cell(pushes, copies, dtype)
        start = min(t for _, t in pushes)
        base = self.focus.trace.runs[KEY]
        y = np.repeat(base.y[:, None], copies, axis=1).astype(dtype)
        h, c = base.steps[start].h_prev, base.steps[start].c_prev
        for s in base.steps[start:]:
            read = c + pushes.get(("c", s.t), 0)
            new = step(cell, s.t, s.x, h, read, s.valid)
            h, c = carried(s.valid, new.h, h), carried(s.valid, new.c, c)
            y[s.t] = np.where(True if s.valid is None else s.valid, new.h, 0) + pushes.get(("y", s.t), 0)
        last = base.steps[-1].t
        return CellRun(y, h + pushes.get(("h_T", last), 0), c + pushes.get(("c_T", last), 0))

    def new_h(self, t: int, pushes: Pushes) -> Floats:
        """Derivative of the h that step t computes along each copy's push at that step, (N, B, P)."""
        scaled = {key: 1j * COMPLEX_STEP * push for key, push in pushes.items()}
        cell = PushedCell(self.focus.trace.cells[KEY], scaled, _copies(pushes), np.dtype(complex))
        s = self.focus.steps[t]
        return np.asarray(step(cell, t, s.x, s.h_prev, s.c_prev).h.imag / COMPLEX_STEP)


class FrozenNudges(Nudges):
    """The same with the gates of all steps held as they were: only the carousel moves on."""

    def make_cell(self, pushes: Pushes, copies: int, dtype: DType) -> PushedCell:
        cell = FrozenCell(self.focus.trace.cells[KEY], pushes, copies, dtype)
        cell.steps = self.focus.steps
        return cell


class FrozenCell(PushedCell):
    """Every i, f and g as the unmoved network had it, but for pushes; o may also follow its own peephole."""

    steps: tuple[Step, ...]

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        self.t, self.names = t, self._order()
        s = self.steps[t]
        z = np.array(s.z)
        if self.p is not None:
            z[O] -= super().peephole(O, s.c)
        return self.pushed(t, s.x, s.h_prev, z[:, None])

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        return super().peephole(gate, c) if gate == O else np.zeros_like(c)


def _copies(pushes: Pushes) -> int:
    """The copies axis is the first but for z, which has the gates in front of it."""
    (name, _), push = next(iter(pushes.items()))
    return int(push.shape[1 if name == "z" else 0])


def units(width: int, shown: Indices) -> Floats:
    """One copy for each shown entry of a vector of `width`: (N, 1, width)."""
    return np.eye(width)[shown][:, None]


def gate_units(gate: int, rows: Floats) -> Floats:
    """The same direction (N, 1, H) for one gate's pre-activation alone: (4, N, 1, H)."""
    push = np.zeros((4, *rows.shape))
    push[gate] = rows
    return push
