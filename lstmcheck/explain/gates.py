"""Question 2 in numbers: δh_{t−1} is the sum over the gates, beside nudges that one gate alone can see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges, gate_units, units
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.types import Floats

SHOWN = 3


@dataclass(frozen=True)
class WithOutput:
    """h_{t−1} as the gates and the loss read it, (n,) each: what y_{t−1} adds, and both together."""

    of_output: Floats
    total: Floats
    measured: Floats


@dataclass(frozen=True)
class GateNumbers:
    """U_kᵀ δz_k for each gate, (4, n), for the first n entries of h_{t−1}; n = `shown`.

    `measured_each` (4, n): h_{t−1} is moved as one gate alone reads it. `total` and `measured` (n,): as
    all gates read it. `with_output` is None at the first step.
    `weights` (4, H) and `dz` (4, H) are the terms of entry 0.
    """

    weights: Floats
    dz: Floats
    each: Floats
    measured_each: Floats
    total: Floats
    measured: Floats
    with_output: WithOutput | None
    width: int


def gate_numbers(focus: Focus) -> GateNumbers:
    """The numbers of the focus."""
    s, t, b = focus.step, focus.t, focus.b
    nudges, width = Nudges(focus), s.h.shape[-1]
    n = min(width, SHOWN)
    dz = focus.full.at[t].z[:, b]
    each = np.einsum("khj,kh->kj", s.cell.U, dz)[:, :n]
    moved = s.cell.U[:, :, :n].transpose(0, 2, 1)[:, :, None]
    alone = [nudges.derivative({("z", t): gate_units(k, moved[k])})[:, b] for k in (I, F, G, O)]
    of_h = units(width, np.arange(n))
    with_output = None
    if t > 0:
        of_output = focus.full.d_y[t - 1][b, :n]
        measured = nudges.derivative({("h_new", t - 1): of_h})[:, b]
        with_output = WithOutput(of_output, of_output + each.sum(0), measured)
    return GateNumbers(
        weights=s.cell.U[:, :, 0],
        dz=dz,
        each=each,
        measured_each=np.stack(alone),
        total=each.sum(0),
        measured=nudges.derivative({("h", t): of_h})[:, b],
        with_output=with_output,
        width=width,
    )
