"""How much rounding may take of a correct backward pass that is somebody else's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.lstm.activations import ACTIVATIONS, Activation
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import Cell
from lstmcheck.lstm.forward import make_cells
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.reference.rounding import backward_rounding, scope_maxima
from lstmcheck.tolerances.noise import LOSS_ROOM, ROUNDING_FACTOR
from lstmcheck.tolerances.precision import EPS


def foreign_rounding(case: Case, seed: int, eps: float) -> Arrays:
    """Bound on the rounding of somebody else's correct backward pass, by array: (scopes,).

    Most take the derivative of a sigmoid from its value, v(1 − v), which has few digits in saturation: they
    may lose as many as ours loses when it does so.
    """
    bounds, exact = backward_rounding(case, seed, eps), case.right
    by_value = case.gradients(cells={k: _by_value(c) for k, c in make_cells(case.spec, case.arrays).items()})
    return {
        info.name: bounds[info.name]
        + ROUNDING_FACTOR * (eps / EPS) * scope_maxima(info, by_value[info.name] - exact[info.name])
        for info in case.infos
    }


def as_shares(case: Case, rounding: Arrays) -> dict[str, Numbers]:
    """Relative to the largest gradient of each gate, for gradients of a loss that is not the case's:
    (scopes,)."""
    return {
        info.name: np.full(info.scopes, LOSS_ROOM * largest_share(case, info, rounding))
        for info in case.infos
    }


def largest_share(case: Case, info: ArrayInfo, rounding: Arrays) -> float:
    """Of the gates of an array, what rounding may take of the largest gradient."""
    bounds, sizes = (
        a.reshape(info.rows, -1).max(1)
        for a in (rounding[info.name], scope_maxima(info, case.right[info.name]))
    )
    return float(np.divide(bounds, sizes, out=np.zeros_like(sizes), where=sizes > 0).max())


BY_VALUE = {
    "sigmoid": replace(ACTIVATIONS["sigmoid"], derivative=lambda z: (v := 1 / (1 + np.exp(-z))) * (1 - v)),
    "tanh": replace(ACTIVATIONS["tanh"], derivative=lambda z: 1 - np.tanh(z) ** 2),
}


def _by_value(cell: Cell) -> Cell:
    """A cell whose derivatives are computed from the activations."""

    def of(name: str, own: Activation) -> Activation:
        return BY_VALUE.get(name, own)

    cell.gate = of(cell.spec.gate, cell.gate)
    cell.candidate = of(cell.spec.candidate, cell.candidate)
    cell.output = of(cell.spec.output, cell.output)
    return cell
