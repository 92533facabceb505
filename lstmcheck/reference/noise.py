"""The noise of the loss: what errors in the last digits do to it, measured from its values alone."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np

from lstmcheck.lstm.types import Floats
from lstmcheck.reference.loss_function import LossFunction, moved, random_direction
from lstmcheck.tolerances.noise import (
    NOISE_POINTS,
    NOISE_SPACING,
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
