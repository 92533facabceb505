"""Errors in the last digits: the noise of the loss, and the rounding of the backward pass, measured."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.activations import Activation
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Cell, CellKey, Outputs, make_cells
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.perturbed_cells import PerturbedCell
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.reference.function import LossFunction, moved, random_direction
from lstmcheck.reference.some_rows import SomeRows
from lstmcheck.tolerances.noise import (
    JITTER,
    NOISE_POINTS,
    NOISE_SPACING,
    ROUNDING_FACTOR,
    ROUNDING_REPLICAS,
    SAME_NOISE,
    SPACINGS,
)
from lstmcheck.tolerances.precision import EPS, EPS32


def ecnoise(values: Floats) -> float | None:
    """Noise of a smooth function from its values at nine equidistant points; None: another spacing is needed.

    Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011). Differences of order k
    remove the smooth part and leave σ_k² = γ_k mean((Δᵏ)²), γ_k = (k!)²/(2k)!. The first order is taken from
    which on three agree within a factor of four and whose differences change sign.
    """
    levels, changes = _difference_levels(values)
    for k in range(len(levels) - 2):
        near = levels[k : k + 3]
        # A curve shrinks from order to order; noise does not, and changes sign.
        if changes[k] and max(near) <= SAME_NOISE * min(near):
            return float(levels[k])
    return None


def _difference_levels(values: Floats) -> tuple[list[float], list[bool]]:
    """σ_k, and whether the k-th differences change sign, k = 1 …"""
    levels, changes = [], []
    gamma, differences = 1.0, values
    for k in range(1, len(values) - 1):
        differences = np.diff(differences)
        gamma *= 0.5 * k / (2 * k - 1)
        levels.append(float(np.sqrt(gamma * np.mean(differences**2))))
        changes.append(bool(differences.min() < 0 < differences.max()))
    return levels, changes


def foreign_noise(function: LossFunction, seed: int, eps: float) -> float:
    """The same of a forward pass that may compute in fewer digits somewhere: its stairs show in longer
    steps."""
    return max(loss_noise(function, seed, eps), loss_noise(function, seed, eps, spacing=EPS32**NOISE_SPACING))


def loss_noise(
    function: LossFunction,
    seed: int,
    eps: float = EPS,
    *,
    spacing: float | None = None,
    pool: Executor | None = None,
) -> float:
    """Standard deviation of the rounding error of the loss, as its differences are computed.

    Along one random direction of all arrays at once. At least half a unit in the last place of the
    loss's shares: an exact sum does not make the states exact. `eps`: of the precision of the function, from
    which the first `spacing` of the points follows. With a `pool` the function is called on its threads.
    """
    # The loss is never subtracted as a whole: its differences come from those of the outputs, which share
    # their leading digits. So must the noise be measured, or a large constant part would hide it.
    base = function.at(function.arrays)
    direction = random_direction(function, seed)
    floor = eps / 2 * float(np.abs(function.shares(base)).sum())
    spacing = eps**NOISE_SPACING if spacing is None else spacing
    values: Floats = np.zeros(NOISE_POINTS)

    @np.errstate(all="ignore")
    def at(step: float) -> float:
        point = function.at(moved(function.arrays, direction, step))
        return float(function.difference(point, base).sum())

    for _ in range(SPACINGS):
        steps = [k * spacing for k in range(NOISE_POINTS)]
        values = np.array([*(pool.map if pool else map)(at, steps)])
        found = ecnoise(values)
        if found is not None:
            return max(found, floor)
        spacing *= 0.1 if _is_curved(values) else 10
    # No distance shows noise alone. Curvature makes every order too large, so the least is nearest to it; too
    # much noise accuses nobody.
    return max(floor, min(_difference_levels(values)[0]))


def _is_curved(values: Floats) -> bool:
    """Whether high differences still shrink: then the points are too far apart to see noise."""
    levels, _ = _difference_levels(values)
    return levels[-1] < levels[-3] / SAME_NOISE


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
