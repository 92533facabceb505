"""Errors in the last digits: the noise of the loss, and the rounding of the backward pass, measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.lstm.activations import Activation
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Cell, make_cells
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Arrays, Floats, Numbers
from lstmcheck.reference.function import LossFunction, moved, random_direction

POINTS = 9
SPACING = 2.0**-28
"""First distance between the points: far enough to change most roundings, near enough to be smooth."""
EPS = float(np.finfo(float).eps)


def ecnoise(values: Floats) -> float | None:
    """Noise of a smooth function from its values at nine equidistant points; None: another spacing is needed.

    Moré & Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011). Differences of order k
    remove the smooth part and leave σ_k² = γ_k mean((Δᵏ)²), γ_k = (k!)²/(2k)!. The first order is taken from
    which on three agree within a factor of four and whose differences change sign.
    """
    levels, changes = _difference_levels(values)
    for k in range(len(levels) - 2):
        near = levels[k : k + 3]
        if changes[k] and max(near) <= 4 * min(near):
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


def loss_noise(function: LossFunction, seed: int) -> float:
    """Standard deviation of the rounding error of the loss, as its differences are computed.

    Along one random direction of all arrays at once. At least half a unit in the last place of the
    loss's shares: an exact sum does not make the states exact.
    """
    base = function.at(function.arrays)
    direction = random_direction(function, seed)
    floor = EPS / 2 * float(np.abs(function.shares(base)).sum())
    spacing = SPACING
    values: Floats = np.zeros(POINTS)
    for _ in range(4):
        points = (function.at(moved(function.arrays, direction, k * spacing)) for k in range(POINTS))
        values = np.array([function.difference(point, base).sum() for point in points])
        found = ecnoise(values)
        if found is not None:
            return max(found, floor)
        spacing *= 0.1 if _is_curved(values) else 10
    return max(floor, min(_difference_levels(values)[0]))


def _is_curved(values: Floats) -> bool:
    """Whether high differences still shrink: then the points are too far apart to see noise."""
    levels, _ = _difference_levels(values)
    return levels[-1] < levels[-3] / 4


REPLICAS = 5
ROUNDING_FACTOR = 8
"""From the median of a few replicas to a bound that is practically never exceeded."""


def backward_rounding(case: Case, seed: int) -> dict[str, Floats]:
    """Bound on the rounding error that each row of a correct backward pass has, by array: (rows,).

    Rows are the positions on the gate axis, or the whole array. Everything that goes in is changed in its
    last digits; what our own gradient makes of that is what rounding inside it does too. The median
    over the replicas: one that crosses a kink does not count.
    """
    exact = case.gradients()
    spreads = [_spread(case, exact, generator(seed, f"rounding {k}")) for k in range(REPLICAS)]
    return {
        info.name: ROUNDING_FACTOR
        * (np.median([s[info.name] for s in spreads], axis=0) + EPS * _row_maxima(info, exact[info.name]))
        for info in case.infos
    }


def _spread(case: Case, exact: Arrays, random: np.random.Generator) -> dict[str, Floats]:
    """How far the gradients of one replica are from the exact ones, by array: (rows,)."""
    replica = _last_digits_changed(case, random)
    cells = {key: _JitteredCell(cell, random) for key, cell in make_cells(case.spec, replica.arrays).items()}
    gradients = replica.gradients(cells=cells)
    return {info.name: _row_maxima(info, gradients[info.name] - exact[info.name]) for info in case.infos}


class _JitteredCell(Cell):
    """A cell whose activations are off in their last digits: 1 − i of a gate that is wide open shows it."""

    def __init__(self, cell: Cell, random: np.random.Generator) -> None:
        self.__dict__.update(vars(cell))
        self.random = random

    def activate(self, activation: Activation, z: Numbers, out: Numbers) -> Numbers:
        return np.multiply(super().activate(activation, z, out), _jitter(self.random, z.shape), out=out)


def _jitter(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Factors of one and up to two units in the last place."""
    return np.asarray(1 + EPS * random.integers(-2, 3, shape))


def _row_maxima(info: ArrayInfo, array: Floats) -> Floats:
    return np.asarray(np.abs(array).reshape(info.rows, -1).max(1))


def _last_digits_changed(case: Case, random: np.random.Generator) -> Case:
    def changed(array: Numbers) -> Numbers:
        if not np.issubdtype(array.dtype, np.floating):
            return array
        return np.asarray(array * _jitter(random, array.shape))

    targets = {part: changed(target) for part, target in case.loss.targets.items()}
    arrays = {name: changed(array) for name, array in case.arrays.items()}
    return replace(case, arrays=arrays, loss=replace(case.loss, targets=targets))
