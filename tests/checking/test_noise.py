"""The noise of a function is measured from its values alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from checking_configs import small
from reference_cases import EPS, VARIANTS, case_of, rounding

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import INPUT_BLOCKS
from lstmcheck.lstm.types import Floats
from lstmcheck.reference import gradients_of_some_rows
from lstmcheck.reference.loss_function import random_direction
from lstmcheck.reference.noise import ecnoise, loss_noise
from lstmcheck.reference.rounding import backward_rounding
from lstmcheck.tolerances.noise import NOISE_POINTS as POINTS
from lstmcheck.tolerances.noise import ROUNDING_ROWS

FACTOR = 4
"""What the method promises."""
SHARE = 0.97
"""Of a mean of six or more squares, three of them independent at the least, less than 1/16 of the true
variance is drawn with a probability of P(χ²₃ < 3/16) = 2 %, more than its 16-fold hardly ever."""
DRAWS = 300
SPACING = 1e-6

FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "constant": np.ones_like,
    "sine": np.sin,
    "exponential": np.exp,
    "steep line": lambda t: 10 * t,
    "parabola": lambda t: t**2,
}
NOISES: dict[str, Callable[[np.random.Generator], Floats]] = {
    "normal": lambda random: random.standard_normal(POINTS),
    "uniform": lambda random: random.uniform(-(3**0.5), 3**0.5, POINTS),
    "two values": lambda random: random.choice([-1.0, 1.0], POINTS),
}


@pytest.mark.parametrize("sigma", [1e-13, 1e-9, 1e-3])
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_added_noise_is_found_within_the_promised_factor(function: str, noise: str, sigma: float) -> None:
    # Near enough for any smooth function to be a line plus less than the noise.
    points = np.linspace(0.3, 0.3 + POINTS * min(SPACING, sigma**0.5 / 10), POINTS)
    smooth = FUNCTIONS[function](np.asarray(points))
    found = [ecnoise(smooth + sigma * NOISES[noise](np.random.default_rng(k))) for k in range(DRAWS)]
    near = [e is not None and sigma / FACTOR <= e <= sigma * FACTOR for e in found]
    assert np.mean(near) >= SHARE


@pytest.mark.parametrize("degree", range(5))
def test_the_mean_square_of_the_estimates_is_that_of_the_noise(degree: int) -> None:
    """Whichever order of differences it takes to remove a trend far above the noise."""
    sigma, trend = 1e-9, 1e-5 * np.arange(float(POINTS)) ** degree
    draws = [ecnoise(trend + sigma * np.random.default_rng(k).standard_normal(POINTS)) for k in range(DRAWS)]
    found = np.array([e for e in draws if e is not None])
    # As above, a single square is χ²₃ / 3 at worst: five standard deviations of the mean of all, halved by
    # the root.
    allowed = 5 * (2 / 3 / len(found)) ** 0.5 / 2
    assert len(found) >= SHARE * DRAWS
    assert abs((found**2).mean() ** 0.5 / sigma - 1) <= allowed


@pytest.mark.parametrize("function", [np.exp, np.tanh, np.sin])
def test_points_too_far_apart_tell_no_noise(function: Callable[[Floats], Floats]) -> None:
    random = np.random.default_rng(0)
    assert ecnoise(function(np.linspace(0.3, 2.0, POINTS)) + 1e-15 * random.standard_normal(POINTS)) is None


@pytest.mark.parametrize("name", VARIANTS)
def test_noise_of_the_loss_is_some_roundings_of_its_terms(name: str) -> None:
    """Between half a unit in the last place and one for each operation of the longest chain."""
    case = case_of(VARIANTS[name])
    outputs = case.trace().outputs
    size = float(np.abs(case.loss.value(outputs)).sum())
    largest_terms = sum(np.abs(case.loss.gradient(outputs)[k]).sum() for k in range(3))
    length, _, _ = case.arrays["x"].shape
    chain = length * case.spec.num_layers * 4 * (case.spec.hidden_size + case.spec.input_size)
    assert EPS / 2 * size <= loss_noise(case, seed=0) <= chain * EPS * (size + largest_terms)


def test_noise_of_the_loss_grows_with_the_loss() -> None:
    """By exactly the same factor, where that is a power of two."""
    plain, scaled = (case_of(small(loss={"scale": scale})) for scale in (1.0, 2.0**-30))
    assert loss_noise(scaled, seed=3) == loss_noise(plain, seed=3) * 2.0**-30


def test_a_random_direction_has_a_length_near_one() -> None:
    case = case_of(small())
    directions = [random_direction(case, seed) for seed in range(50)]
    squares = [sum(float((a**2).sum()) for a in direction.values()) for direction in directions]
    count = sum(a.size for a in case.arrays.values())
    # χ² over n divided by n: its mean of 50 draws has the standard deviation √(2/50n).
    assert abs(np.mean(squares) - 1) < 5 * (2 / (50 * count)) ** 0.5


def test_some_rows_of_a_large_network_round_as_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows with the largest gradients are among them, and rounding is relative."""
    size = 2 * ROUNDING_ROWS
    case = case_of(small(lstm={"hidden_size": size, "proj_size": size - 1}))
    some = backward_rounding(case, seed=0)
    monkeypatch.setattr(gradients_of_some_rows, "ROUNDING_ROWS", size)
    for name, every in backward_rounding(case, seed=0).items():
        assert (some[name] <= every * (1 + 1e-12)).all(), name
        assert (some[name] >= every / 2).all(), name


ORDER = np.array([3, 0, 4, 1, 2])
"""Of the five sequences of a batch."""


def reordered(case: Case) -> Case:
    """The same sequences in another order: equal but for the rounding of sums over the batch."""
    inputs = {name: case.arrays[name][:, ORDER] for name in INPUT_BLOCKS}
    targets = {part: target[:, ORDER] for part, target in case.loss.targets.items()}
    valid = None if case.loss.valid is None else case.loss.valid[:, ORDER]
    return replace(
        case,
        arrays={**case.arrays, **inputs},
        loss=replace(case.loss, targets=targets, valid=valid),
        lengths=None if case.lengths is None else case.lengths[ORDER],
    )


@pytest.mark.parametrize("name", VARIANTS)
def test_rounding_of_the_backward_pass_bounds_that_of_another_order_of_sums(name: str) -> None:
    case = case_of(VARIANTS[name])
    bounds, gradients, others = backward_rounding(case, seed=0), case.gradients(), reordered(case).gradients()
    apart = 0.0
    for info in case.infos:
        other = others[info.name][:, np.argsort(ORDER)] if info.layer is None else others[info.name]
        error = np.abs(other - gradients[info.name]).reshape(info.scopes, -1).max(1)
        assert (error <= bounds[info.name]).all(), info.name
        assert (bounds[info.name] <= 10 * rounding(case) * np.abs(gradients[info.name]).max()).all()
        apart = max(apart, float(error.max()))
    assert apart > 0, "some sum was rounded differently"
