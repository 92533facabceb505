"""Whether gradients are derivatives: along one random direction, enough for what is wrong as a whole."""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Arrays, Floats
from lstmcheck.reference.loss_function import LossAlongLine, random_direction
from lstmcheck.reference.richardson import extrapolate
from lstmcheck.targets.behaviour.asking import Asking
from lstmcheck.tolerances.differences import CAUTION, NOISE_FACTOR
from lstmcheck.tolerances.directions import DIRECTION_LADDERS
from lstmcheck.tolerances.noise import IMPRECISE
from lstmcheck.tolerances.precision import EPS32
from lstmcheck.tolerances.verdict import TIMES_OVER


def is_derivative(asking: Asking, case: Case, gradients: Arrays) -> bool | None:
    """Whether `gradients` are those of the loss at another case; None where differences cannot tell.

    Along u ~ N(0, I/n) an error e shows as e·u, a normal number with deviation ‖e‖/√n: one of half the digits
    of float32, in which some part of a target may compute, accuses nobody. Raises LstmcheckError where its
    forward pass does.
    """
    direction = _within(asking, case, gradients)
    value, reach = _difference(asking, case, direction)
    found = sum(float(np.vdot(gradients[name], direction[name])) for name in gradients)
    size = np.sqrt(
        sum(float((a**2).sum()) for a in gradients.values()) / sum(a.size for a in gradients.values())
    )
    if not np.isfinite([value, reach]).all() or reach * TIMES_OVER > size:
        return None
    return bool(abs(found - value) <= TIMES_OVER * reach + EPS32**IMPRECISE * size)


def _within(asking: Asking, case: Case, gradients: Arrays) -> dict[str, Floats]:
    """A direction through what came back alone."""
    target = asking.at(case)
    drawn = random_direction(target, target.config.seed, "behaviour")
    return {name: u if name in gradients else np.zeros_like(u) for name, u in drawn.items()}


def _difference(asking: Asking, case: Case, direction: Arrays) -> tuple[float, float]:
    """The derivative of the loss along a direction, and its uncertainty."""
    target = asking.at(case)
    steps = np.array(DIRECTION_LADDERS[1 if asking.first.ran.precision.is_low else 0])
    size = float(np.abs(target.shares(target.at(case.arrays))).sum())
    differences = LossAlongLine([target], case.arrays, direction).differences(tuple(steps))[0]
    value, error = extrapolate(differences[:, None], NOISE_FACTOR * asking.eps * size / steps)
    return float(value[0]), CAUTION * float(error[0])
