"""Where a backward pass first goes wrong: each pre-activation's gradient beside a nudge of it alone.

Steps are taken in the order of the backward pass, so the first that parts is where the fault is made.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmcheck.judge.diagnosis_result import Location
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Outputs, Step, Trace, run_layers
from lstmcheck.lstm.gates import GATES, F, G, I, O
from lstmcheck.lstm.perturbed_cells import PushedCell
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.tolerances.diagnosis import MATCH
from lstmcheck.tolerances.precision import COMPLEX_STEP

Recorded = dict[tuple[CellKey, int], Numbers]
"""d_z (4, B, H) of every step, by cell and time."""


def recorded_gradients(backward: type[Backward], trace: Trace, upstream: Outputs) -> Recorded:
    """The gradients of all pre-activations as a backward pass has them."""
    found: Recorded = {}

    def deltas(b: Backward, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        d = backward.deltas(b, s, d_h, d_c)
        found[s.cell.key, s.t] = d.z
        return d

    recorder = type("Recorder", (backward,), {"deltas": deltas})
    recorder(trace).gradients(upstream)
    return found


def locate(case: Case, trace: Trace, upstream: Outputs, backward: type[Backward]) -> Location | None:
    """The first step from the end, and its gate, whose gradient is not that of a nudge; None if all agree."""
    with np.errstate(all="ignore"):
        recorded = recorded_gradients(backward, trace, upstream)
        for key, t in _from_the_end(trace):
            measured = nudged_gradients(case, trace, key, t)
            location = _first_gate(case, recorded.get((key, t)), measured, key, t)
            if location is not None:
                return location
    return None


def _from_the_end(trace: Trace) -> Iterator[tuple[CellKey, int]]:
    """Cells and times in the order of the backward pass, the upper layers first."""
    for layer in reversed(range(trace.spec.num_layers)):
        keys = [key for key in trace.spec.cells if key[0] == layer]
        for position in reversed(range(len(trace.x))):
            for key in keys:
                yield key, len(trace.x) - 1 - position if key[1] else position


def _first_gate(
    case: Case, recorded: Numbers | None, measured: Floats, key: CellKey, t: int
) -> Location | None:
    found = np.zeros_like(measured) if recorded is None else recorded
    # The output gate comes first in a step, then what depends on d_c.
    for gate in (O, I, F, G):
        apart = np.abs(found[gate] - measured[gate])
        scale = float(np.abs(measured).max())
        if not apart.max() <= MATCH * scale:
            sequence, unit = np.unravel_index(int(np.argmax(apart)), apart.shape)
            pair = float(found[gate, sequence, unit]), float(measured[gate, sequence, unit])
            return Location(key[0], key[1], t, GATES[gate], int(sequence), int(unit), *pair)
    return None


def nudged_gradients(case: Case, trace: Trace, key: CellKey, t: int) -> Floats:
    """∂L/∂z of one step by complex steps, one copy for each gate and unit: (4, B, H)."""
    hidden = case.spec.hidden_size
    kept = {k: run for k, run in trace.runs.items() if k[0] <= key[0] and k != key}
    copy, push = np.arange(4 * hidden), np.zeros((4, 4 * hidden, 1, hidden), complex)
    push[copy // hidden, copy, 0, copy % hidden] = 1j * COMPLEX_STEP
    cell = PushedCell(trace.cells[key], {("z", t): push}, len(copy), push.dtype)
    nudged = Trace(trace.spec, trace.x, trace.valid, {**trace.cells, key: cell}, kept)
    outputs = run_layers(nudged, list(case.arrays["h0"]), list(case.arrays["c0"]), keep=False).outputs
    shares = case.loss.value(outputs).imag / COMPLEX_STEP
    return np.asarray(shares.reshape(4, hidden, -1).swapaxes(1, 2))
