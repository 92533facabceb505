"""Whether the complex step may be trusted: it is only as good as the forward pass is analytic."""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.reference.central import NOISE_FACTOR
from lstmcheck.reference.evaluate import COMPLEX_STEP
from lstmcheck.reference.noise import random_direction

DIRECTIONS = 3
AGREEMENT = 1e-4
"""A lost imaginary part changes the derivative by its whole share, not by a little."""
STEPS = 2.0 ** -np.arange(3, 37, 3)
ASIDE = 2.0**-6
"""The comparison is made this far from the point, which may lie on a kink of many units at once."""


def complex_step_agrees(case: Case, noise: float, seed: int) -> bool:
    """Compare complex steps with central differences along random directions of all arrays at once.

    One direction that agrees is enough: a difference may meet a kink, but an operation that drops
    the imaginary part shows in every direction.
    """
    return any(_agrees(case, noise, seed + k) for k in range(DIRECTIONS))


def _agrees(case: Case, noise: float, seed: int) -> bool:
    case = case.moved(random_direction(case, seed, "aside"), ASIDE)
    direction = random_direction(case, seed)
    moved = case.moved(direction, 1j * COMPLEX_STEP).trace(keep=False).outputs
    exact = float(case.loss.value(moved).sum().imag) / COMPLEX_STEP
    for step in STEPS:
        plus, minus = (case.moved(direction, sign * step).trace(keep=False).outputs for sign in (1, -1))
        difference = float(case.loss.difference(plus, minus).sum()) / (2 * step)
        if abs(difference - exact) <= AGREEMENT * abs(exact) + NOISE_FACTOR * noise / step:
            return True
    return False
