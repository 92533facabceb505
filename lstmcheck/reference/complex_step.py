"""Whether the complex step may be trusted: it is only as good as the forward pass is analytic."""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.reference.evaluate import COMPLEX_STEP
from lstmcheck.reference.noise import random_direction

DIRECTIONS = 3
STEPS = 2.0 ** -np.arange(3, 21, 3)


def complex_step_agrees(case: Case, noise: float, seed: int) -> bool:
    """Compare complex steps with central differences along random directions of all arrays at once.

    One direction that agrees is enough: a difference may meet a kink, but an operation that drops
    the imaginary part shows in every direction.
    """
    return any(_agrees(case, noise, seed + k) for k in range(DIRECTIONS))


def _agrees(case: Case, noise: float, seed: int) -> bool:
    direction = random_direction(case, seed)
    moved = case.moved(direction, 1j * COMPLEX_STEP).trace(keep=False).outputs
    exact = float(case.loss.value(moved).sum().imag) / COMPLEX_STEP
    errors = []
    for step in STEPS:
        plus, minus = (case.moved(direction, sign * step).trace(keep=False).outputs for sign in (1, -1))
        errors.append(abs(float(case.loss.difference(plus, minus).sum()) / (2 * step) - exact))
    return bool(min(errors) <= 1e-6 * abs(exact) + 4 * noise / STEPS[0])
