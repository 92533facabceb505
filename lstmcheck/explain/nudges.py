"""Nudges of quantities inside a step: the forward pass once more, with a number moved on its way.

A push of `c` moves what a step reads, of `y` its output alone, of `h_T` and `c_T` the final states alone;
the others are those of `PushedCell`. Nothing here uses the backward pass: a derivative is the imaginary part
that the loss takes on when a number moves along the imaginary axis,
L(q + is) = L(q) + is ∂L/∂q + O(s²).
"""

from __future__ import annotations

import numpy as np

from lstmcheck.explain.focus import KEY, Focus
from lstmcheck.lstm.forward import CellRun, Outputs, Step, Trace, carried, run_layers, step
from lstmcheck.lstm.gates import O
from lstmcheck.lstm.perturbed_cells import PushedCell, Pushes
from lstmcheck.lstm.types import DType, Floats, Indices, Numbers
from lstmcheck.tolerances.precision import COMPLEX_STEP


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
        self.t = t
        s = self.steps[t]
        z = np.array(s.z)
        if self.p is not None:
            z[O] -= super().peephole(O, s.c)
        return self.pushed(s.x, s.h_prev, z)

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
