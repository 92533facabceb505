"""Question 2 in numbers: δh_{t−1} is the sum over the gates, beside nudges that one gate alone can see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges, gate_units, units
from lstmcheck.lstm.types import Floats

SHOWN = 3


@dataclass(frozen=True)
class GateNumbers:
    """U_kᵀ δz_k for each gate, (4, n), for the first n entries of h_{t−1}; n = `shown`.

    `measured_each` (4, n): h_{t−1} is moved as one gate alone reads it. `total` and `measured` (n,): as
    all read it. `own` (n,): what the loss adds by y_{t−1} itself, None at the first step; `whole` is both.
    `weights` (4, H) and `dz` (4, H) are the terms of entry 0.
    """

    weights: Floats
    dz: Floats
    each: Floats
    measured_each: Floats
    total: Floats
    measured: Floats
    own: Floats | None
    whole: Floats | None
    measured_whole: Floats | None
    width: int


def gate_numbers(focus: Focus) -> GateNumbers:
    """The numbers of the focus."""
    s, t, b = focus.step, focus.t, focus.b
    nudges, width = Nudges(focus), s.h.shape[-1]
    n = min(width, SHOWN)
    dz = focus.full.at[t].z[:, b]
    each = np.einsum("khj,kh->kj", s.cell.U, dz)[:, :n]
    moved = s.cell.U[:, :, :n].transpose(0, 2, 1)[:, :, None]
    alone = [nudges.derivative({("z", t): gate_units(k, moved[k])})[:, b] for k in range(4)]
    of_h = units(width, np.arange(n))
    own = whole = measured_whole = None
    if t > 0:
        own = focus.full.d_y[t - 1][b, :n]
        whole = own + each.sum(0)
        measured_whole = nudges.derivative({("h_new", t - 1): of_h})[:, b]
    return GateNumbers(
        weights=s.cell.U[:, :, 0],
        dz=dz,
        each=each,
        measured_each=np.stack(alone),
        total=each.sum(0),
        measured=nudges.derivative({("h", t): of_h})[:, b],
        own=own,
        whole=whole,
        measured_whole=measured_whole,
        width=width,
    )
