"""What rounding does to correct passes, measured: the same numbers again, with changed last digits."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.activations import Activation
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import Cell, CellKey
from lstmcheck.lstm.forward import Outputs, make_cells
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.perturbed_cells import PerturbedCell
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.reference.gradients_of_some_rows import SomeRows
from lstmcheck.tolerances.noise import (
    JITTER,
    ROUNDING_FACTOR,
    ROUNDING_REPLICAS,
)
from lstmcheck.tolerances.precision import EPS


def backward_rounding(
    case: Case, seed: int, eps: float = EPS, pool: Executor | None = None
) -> dict[str, Floats]:
    """Bound on the rounding error of a correct backward pass, by array, in each of its scopes: (scopes,).

    Everything that goes in is changed in its last digits; what our own gradient makes of that is what
    rounding inside it does too. The median over the replicas: one that crosses a kink does not count. `eps`:
    of the precision in which it is run. The replicas share the threads of a `pool`.
    """
    exact, some = case.right, SomeRows(case)

    @np.errstate(all="ignore")
    def spread(k: int) -> dict[str, Floats]:
        replica, cells = _replica(case, seed, eps, k)
        found = replica.gradients(some.backward, cells=cells)
        return {
            info.name: scope_maxima(info, found[info.name] - some.of(info, exact[info.name]))
            for info in case.infos
        }

    spreads = [*(pool.map if pool else map)(spread, range(ROUNDING_REPLICAS))]
    return {
        info.name: ROUNDING_FACTOR
        # At least a unit in the last place: what the replicas leave unchanged is rounded all the same.
        * (np.median([s[info.name] for s in spreads], axis=0) + eps * scope_maxima(info, exact[info.name]))
        for info in case.infos
    }


def forward_rounding(case: Case, seed: int, eps: float = EPS) -> Outputs:
    """Bound on the rounding errors of a correct forward pass, one number for each of y, h_T and c_T."""
    exact = case.trace(keep=False).outputs
    replicas = (_replica(case, seed, eps, k) for k in range(ROUNDING_REPLICAS))
    found = [replica.trace(keep=False, cells=cells).outputs for replica, cells in replicas]
    spreads = [[np.abs(a - b).max() for a, b in zip(outputs, exact, strict=True)] for outputs in found]
    largest = np.array([np.abs(q).max() for q in exact])
    return Outputs(*(ROUNDING_FACTOR * (np.median(spreads, axis=0) + eps * largest)))


def _replica(case: Case, seed: int, eps: float, k: int) -> tuple[Case, dict[CellKey, Cell]]:
    """The case with its last digits changed, and cells that change those of the activations."""
    random = generator(seed, f"rounding {k}")
    replica = _last_digits_changed(case, random, eps)
    cells = make_cells(case.spec, replica.arrays)
    return replica, {key: _JitteredCell(cell, random, eps) for key, cell in cells.items()}


class _JitteredCell(PerturbedCell):
    """A cell whose activations are off in their last digits: 1 − i of a gate that is wide open shows it."""

    def __init__(self, cell: Cell, random: np.random.Generator, eps: float) -> None:
        super().__init__(cell)
        self.random, self.eps = random, eps

    def activate(self, activation: Activation, z: Numbers) -> Numbers:
        return np.asarray(super().activate(activation, z) * _jitter(self.random, z.shape, self.eps))


def _jitter(random: np.random.Generator, shape: tuple[int, ...], eps: float) -> Floats:
    """Factors of one and up to two units in the last place."""
    return np.asarray(1 + eps * random.integers(-JITTER, JITTER + 1, shape, np.int8))


def scope_maxima(info: ArrayInfo, array: Floats) -> Floats:
    """The largest size in each scope of an array, (scopes,)."""
    return np.asarray(np.abs(array).reshape(info.scopes, -1).max(1))


def _last_digits_changed(case: Case, random: np.random.Generator, eps: float) -> Case:
    def changed(array: Numbers) -> Numbers:
        if not np.issubdtype(array.dtype, np.floating):
            return array
        return np.asarray(array * _jitter(random, array.shape, eps))

    targets = {part: changed(target) for part, target in case.loss.targets.items()}
    arrays = {name: changed(array) for name, array in case.arrays.items()}
    return replace(case, arrays=arrays, loss=replace(case.loss, targets=targets))
