"""Whether the complex step may be trusted: it is only as good as the forward pass is analytic."""

from __future__ import annotations

from lstmcheck.reference.central import NOISE_FACTOR
from lstmcheck.reference.evaluate import COMPLEX_STEP
from lstmcheck.reference.function import (
    LossFunction,
    complex_step_along,
    difference_along,
    moved,
    random_direction,
)

DIRECTIONS = 3
AGREEMENT = 1e-4
"""A lost imaginary part changes the derivative by its whole share, not by a little."""
LEGIBLE = 1e-2
"""Noise up to this share of a difference leaves something to compare; with more, everything agrees."""
STEPS = [2.0**-k for k in range(3, 37, 3)]
ASIDE = 2.0**-6
"""The comparison is made this far from the point, which may lie on a kink of many units at once."""


def complex_step_agrees(function: LossFunction, noise: float, seed: int, foreign: bool = False) -> bool:
    """Compare complex steps with central differences along random directions of all arrays at once.

    One direction that agrees is enough: a difference may meet a kink, but an operation that drops
    the imaginary part shows in every direction. Of a `foreign` forward pass nothing is known
    beforehand: steps at which the noise would let everything agree do not count.
    """
    return any(_agrees(function, noise, seed + k, foreign) for k in range(DIRECTIONS))


def _agrees(function: LossFunction, noise: float, seed: int, foreign: bool) -> bool:
    arrays = moved(function.arrays, random_direction(function, seed, "aside"), ASIDE)
    direction = random_direction(function, seed)
    exact = complex_step_along(function, arrays, direction, COMPLEX_STEP)
    compared = False
    for step in STEPS:
        difference = difference_along(function, arrays, direction, step)
        allowance = NOISE_FACTOR * noise / step
        if foreign and allowance > LEGIBLE * max(abs(exact), abs(difference)):
            continue
        compared = True
        if abs(difference - exact) <= AGREEMENT * abs(exact) + allowance:
            return True
    # Where both vanish in the noise there is nothing that could have been lost.
    return not compared
