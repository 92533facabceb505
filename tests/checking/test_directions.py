"""Random directions: the bound that they give, counted, and where they say that a gradient is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from checking_configs import Tree, config_of, small
from numpy.typing import NDArray

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.by_directions import Bounds, blamed_entries
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.reference.complex_trust import Probe, Trust
from lstmcheck.reference.dense import DenseNetwork
from lstmcheck.reference.directions import (
    CalledDirections,
    Derivatives,
    bound_factor,
    draw_direction,
    gate_shape,
)
from lstmcheck.reference.evaluate import NudgedNetwork
from lstmcheck.reference.noise import loss_noise
from lstmcheck.tolerances import EPS, LOOKS

Floats = NDArray[np.float64]
NETWORKS: dict[str, Tree] = {
    "plain": small(),
    "deep, both ways": small(lstm={"num_layers": 2, "bidirectional": True}),
    "peepholes": small(lstm={"peephole": True}),
    "projected": small(lstm={"hidden_size": 3, "proj_size": 2}),
    "two biases, lengths": small(lstm={"bias": "two"}, sequence={"lengths": [4, 2], "batch": 2, "length": 4}),
}


def ignored(evaluations: int) -> None:
    """Nobody counts."""


def gates_of(case: Case) -> list[tuple[ArrayInfo, int]]:
    return [(info, row) for info in case.infos for row in range(info.rows)]


KNOWN = {"rounding": 1e-14, "largest": 1.0}
"""Of these networks: what rounding does to an entry, and the size of the largest derivative."""


def derivatives_of(case: Case, *, trusted: bool = True) -> Derivatives:
    noise = loss_noise(case, 0)
    trust = Trust(Probe(case, noise), None, {}, 0, EPS)
    if not trusted:
        for info in case.infos:
            trust.lose(info.name)
    return Derivatives(DenseNetwork(NudgedNetwork(case)), noise, trust)


@pytest.mark.parametrize("name", NETWORKS)
def test_derivatives_along_directions_are_those_of_the_gradient(name: str) -> None:
    case = make_case(config_of(NETWORKS[name]))
    along, gradients = derivatives_of(case), case.gradients()
    for info, row in gates_of(case):
        gate = gradients[info.name][row] if info.gates else gradients[info.name]
        directions = np.stack([draw_direction(info, row, 0, k) for k in range(3)])
        right = (directions * gate).reshape(3, -1).sum(1)
        for value, error in (
            along.by_differences(info, row, directions, 0),
            along.by_differences(info, row, directions, 1),
            along.by_complex_steps(info, row, directions, **KNOWN),
        ):
            assert (np.abs(value - right) <= error).all(), (info.name, row)
            assert (error <= 1e-6 * np.abs(gate).max()).all(), (info.name, row)


@pytest.mark.parametrize("name", ["plain", "deep, both ways", "projected"])
def test_a_foreign_network_gives_the_same_derivatives_call_by_call(name: str) -> None:
    case = make_case(config_of(NETWORKS[name]))
    ours, called = DenseNetwork(NudgedNetwork(case)), CalledDirections(case, ignored)
    for info, row in gates_of(case):
        directions = np.stack([draw_direction(info, row, 0, k) for k in range(2)])
        assert called.complex_along(info, row, directions) == pytest.approx(
            ours.complex_along(info, row, directions), rel=1e-12, abs=1e-14
        )
        assert called.central_along(info, row, directions, 2.0**-12) == pytest.approx(
            ours.central_along(info, row, directions, 2.0**-12), rel=1e-8, abs=1e-10
        )


def test_a_move_touches_its_own_gate_alone() -> None:
    case = make_case(config_of(small()))
    info = case.infos[0]
    network = DenseNetwork(NudgedNetwork(case))
    direction = np.ones((1, *gate_shape(info)))
    found = [network.complex_along(info, row, direction)[0] for row in range(4)]
    gradient = case.gradients()[info.name]
    assert found == pytest.approx([gradient[row].sum() for row in range(4)], rel=1e-12)


@pytest.mark.parametrize(("count", "factor"), [(4, 142), (6, 25), (8, 10.6), (12, 4.4)])
def test_bounds_are_as_published(count: int, factor: float) -> None:
    assert bound_factor(count, 1e-9) == pytest.approx(factor, rel=0.02)


ERRORS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "one entry": lambda random, n: np.eye(1, n, int(random.integers(n)))[0],
    "dense": lambda random, n: random.standard_normal(n),
    "low rank": lambda random, n: np.outer(random.standard_normal(n // 8), random.standard_normal(8)).ravel(),
    "two that cancel under signs": lambda random, n: np.eye(1, n, 0)[0] - np.eye(1, n, 1)[0],
}
TRIALS = 4000


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("count", [4, 8])
def test_the_share_of_wrong_bounds_is_the_probability_that_was_asked_for(kind: str, count: int) -> None:
    """Within its own confidence interval of four standard deviations, whatever the error looks like."""
    probability, n = 1e-2, 64
    random = np.random.default_rng(count)
    wrong = 0
    for _ in range(TRIALS):
        error = ERRORS[kind](random, n)
        directions = random.standard_normal((count, n))
        bound = bound_factor(count, probability) * np.abs(directions @ error).max()
        wrong += bool(bound < np.linalg.norm(error))
    deviation = math.sqrt(TRIALS * probability * (1 - probability))
    assert abs(wrong - TRIALS * probability) < 4 * deviation


def test_a_right_gradient_is_bounded_within_the_tolerance_by_the_first_look() -> None:
    case = make_case(config_of(small(lstm={"hidden_size": 12})))
    bounds, gradients = Bounds(derivatives_of(case, trusted=False), 0, 1e-9), case.gradients()
    for info, row in gates_of(case):
        gate = gradients[info.name][row] if info.gates else gradients[info.name]
        found = bounds.of(info, row, gate, 1e-6 * float(np.abs(gate).max()), **KNOWN)
        assert (found.directions, found.contradicts) == (LOOKS[0], False), (info.name, row)
        assert found.error <= 1e-6 * float(np.abs(gate).max())


@pytest.mark.parametrize("size", [3e-6, 1e-3])
def test_one_wrong_entry_of_a_gate_contradicts_and_is_found(size: float) -> None:
    case = make_case(config_of(small(lstm={"hidden_size": 16, "input_size": 9})))
    along = derivatives_of(case)
    info = next(info for info in case.infos if info.name == "W_l0")
    gate = case.gradients()["W_l0"][1].copy()
    scale = float(np.abs(gate).max())
    gate[11, 4] += size * scale
    found = Bounds(along, 0, 1e-9).of(info, 1, gate, 1e-6 * scale, **KNOWN)
    assert found.contradicts
    assert found.error > 1e-6 * scale
    assert blamed_entries(partial(along.by_differences, ladder=0), info, 1, gate, seed=0).tolist() == [
        11 * 9 + 4
    ]


def test_nobody_is_to_blame_in_a_right_gate() -> None:
    case = make_case(config_of(small(lstm={"hidden_size": 16})))
    along, gradients = derivatives_of(case), case.gradients()
    measure = partial(along.by_differences, ladder=0)
    for info, row in gates_of(case)[:4]:
        assert len(blamed_entries(measure, info, row, gradients[info.name][row], seed=0)) == 0
