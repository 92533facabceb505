"""Extrapolated differences know how wrong they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmcheck.lstm.types import Floats
from lstmcheck.reference.richardson import extrapolate
from lstmcheck.tolerances.differences import CAUTION
from lstmcheck.tolerances.differences import STEPS as LADDER

EPS = float(np.finfo(float).eps)
STEPS = np.array(LADDER)
COUNT = 2000
FASTEST = 4.0
"""Radians per unit: the longest step, 1/8, is then short beside the function's own scale."""
HONEST = 0.99
"""The share of errors that stay within the estimate; all stay within `CAUTION` times it."""


def noise_of_differences(noise: float) -> Floats:
    return np.asarray(noise / STEPS)


def waves(random: np.random.Generator, noise: float) -> tuple[Floats, Floats]:
    """Noisy differences (levels, COUNT) of sums of three sines, and their derivatives (COUNT,)."""
    speed = random.uniform(0, FASTEST, (3, COUNT))
    phase, size = random.uniform(0, 2 * np.pi, (3, COUNT)), random.standard_normal((3, COUNT))

    def value(t: float) -> Floats:
        smooth = (size * np.sin(speed * t + phase)).sum(0)
        return np.asarray(smooth + noise * random.standard_normal(COUNT))

    differences = np.array([(value(s) - value(-s)) / (2 * s) for s in STEPS])
    return differences, (size * speed * np.cos(phase)).sum(0)


@pytest.mark.parametrize("noise", [0.0, 1e-13, 1e-10, 1e-6])
@pytest.mark.parametrize("seed", range(3))
def test_the_true_error_is_within_the_estimate(seed: int, noise: float) -> None:
    differences, derivative = waves(np.random.default_rng(seed), noise)
    # The sines themselves are rounded: about one unit in the last place of their sum.
    value, error = extrapolate(differences, noise_of_differences(max(noise, 2 * EPS)))
    true = np.abs(value - derivative)
    assert (true <= CAUTION * error).all()
    assert (true <= error).mean() >= HONEST


def test_extrapolation_gains_digits_on_the_best_difference() -> None:
    """The best of the differences themselves has a truncation of s² and noise of 1/s."""
    differences, derivative = waves(np.random.default_rng(5), noise=1e-12)
    value, error = extrapolate(differences, noise_of_differences(1e-12))
    plain = np.abs(differences - derivative).min(0)
    assert np.median(np.abs(value - derivative)) < np.median(plain) / 100
    assert np.median(error) < np.median(plain)


@given(st.lists(st.integers(-300, 300).map(lambda n: n / 100), min_size=2, max_size=7))
def test_polynomials_are_differentiated_within_the_estimate(coefficients: list[float]) -> None:
    """Up to the sixth order: each level removes one even power of the step."""
    polynomial = np.polynomial.Polynomial(coefficients)
    differences = (polynomial(STEPS) - polynomial(-STEPS)) / (2 * STEPS)
    size = sum(map(abs, coefficients))
    # n terms of a polynomial, each rounded, divided by the step.
    noise = noise_of_differences(len(coefficients) * EPS * size)
    value, error = extrapolate(differences[:, None], noise)
    assert abs(value[0] - coefficients[1]) <= error[0] <= 10 * noise.max() + size * STEPS[0] ** 2


def test_noise_is_carried_along_with_a_plus() -> None:
    """Constant differences have no truncation: the estimate is the least noise of any cell that was
    extrapolated, and never less than that of the differences it is made of."""
    noise = noise_of_differences(1e-9)
    value, error = extrapolate(np.ones((len(STEPS), 1)), noise)
    assert abs(value[0] - 1) <= len(STEPS) * EPS
    # The first cell, of the two longest steps: (4 N₁ + N₀) / 3.
    assert error[0] == pytest.approx((4 * noise[1] + noise[0]) / 3, rel=10 * EPS)


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
def test_differences_that_are_not_finite_give_no_confident_value(spoilt: float) -> None:
    with np.errstate(invalid="ignore"):
        _, error = extrapolate(np.full((len(STEPS), 1), spoilt), np.full(len(STEPS), 1e-12))
    assert not np.isfinite(error[0])
