"""What layers and directions give to each other: the gradient of what is read, beside nudges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus, shown_steps
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Step, Trace, run_layers
from lstmcheck.lstm.perturbed_cells import PushedCell
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.tolerances.precision import COMPLEX_STEP


@dataclass(frozen=True)
class ReadAt:
    """Of the first entry that a layer reads at step t (from 0): what each direction of the layer gives to its
    gradient, beside nudges of what that direction alone reads; and the whole, beside a nudge for all."""

    t: int
    parts: tuple[float, ...]
    measured_parts: tuple[float, ...]
    whole: float
    measured: float


@dataclass(frozen=True)
class LayerNumbers:
    """Last step first; `readers` are the directions of the second layer, or of the only one."""

    readers: tuple[CellKey, ...]
    steps: tuple[ReadAt, ...]


class _Reading(Backward):
    """Remembers what each cell gives to the vector that it reads."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.at: dict[tuple[CellKey, int], Numbers] = {}

    def d_x(self, s: Step, d: Deltas) -> Numbers:
        found = self.at[s.cell.key, s.t] = super().d_x(s, d)
        return found


def layer_numbers(focus: Focus) -> LayerNumbers:
    """Of the focus's sequence. The whole is δy of the first layer, or δx of the network of a single one."""
    spec, b, shown = focus.trace.spec, focus.b, shown_steps(focus.end)
    layer = min(1, spec.num_layers - 1)
    readers = tuple(key for key in spec.cells if key[0] == layer)
    backward = _Reading(focus.trace)
    backward.gradients(focus.case.loss.gradient(focus.trace.outputs))
    parts = [_measured(focus, [key], shown) for key in readers]
    measured = _measured(focus, readers, shown)
    read = focus.full.d_y if layer else dict(enumerate(focus.gradients["x"]))
    steps = tuple(
        ReadAt(
            t,
            tuple(float(backward.at[key, t][b, 0]) for key in readers),
            tuple(float(part[position]) for part in parts),
            float(read[t][b, 0]),
            float(measured[position]),
        )
        for position, t in enumerate(shown)
    )
    return LayerNumbers(readers, steps)


def _measured(focus: Focus, keys: Sequence[CellKey], steps: Sequence[int]) -> Floats:
    """The loss's derivative where these cells read the first entry moved, for each step alone."""
    trace, copies, layer = focus.trace, len(steps), keys[0][0]
    pushes = {}
    for copy, t in enumerate(steps):
        pushes["x", t] = push = np.zeros((copies, 1, trace.layer_input(layer).shape[-1]), complex)
        push[copy, 0, 0] = 1j * COMPLEX_STEP
    moved = {key: PushedCell(trace.cells[key], pushes, copies, np.dtype(complex)) for key in keys}
    kept = {key: run for key, run in trace.runs.items() if key[0] <= layer and key not in keys}
    again = Trace(trace.spec, trace.x, trace.valid, {**trace.cells, **moved}, kept)
    arrays = focus.case.arrays
    outputs = run_layers(again, list(arrays["h0"]), list(arrays["c0"]), keep=False).outputs
    return np.asarray(focus.case.loss.value(outputs)[:, focus.b].imag / COMPLEX_STEP)
