"""Random directions: the bound that they give, counted, and where they say that a gradient is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from checking_configs import Tree, config_of, small
from numpy.typing import NDArray

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.by_directions import Bounds, blamed_entries
from lstmcheck.lstm.case import Case
from lstmcheck.reference.called_directions import CalledDirections, Spread
from lstmcheck.reference.complex_trust import Probe, Trust
from lstmcheck.reference.directional_derivatives import Derivatives
from lstmcheck.reference.directions import Box, Claim, Directions, bound_factor, draw_directions
from lstmcheck.reference.network_along_directions import NetworkAlongDirections
from lstmcheck.reference.noise import loss_noise
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.tolerances.directions import DIRECTION_LADDERS, LOOKS
from lstmcheck.tolerances.precision import EPS

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


def one_by_one(case: Case) -> Spread:
    return lambda work, asked: [work(case, each) for each in asked]


def claims_of(case: Case) -> list[Claim]:
    """The right gradient of every gate, known to a millionth, in networks whose largest derivative is about
    one."""
    gradients = case.gradients()
    return [
        Claim(info, row, gate, 1e-6 * float(np.abs(gate).max()), rounding=1e-14, largest=1.0)
        for info in case.infos
        for row in range(info.rows)
        for gate in [gradients[info.name][row] if info.gates else gradients[info.name]]
    ]


def drawn(claim: Claim, count: int) -> Directions:
    return Directions(claim, claim.whole, count, lambda: draw_directions(claim, 0, range(count)))


def derivatives_of(case: Case, *, trusted: bool = True) -> Derivatives:
    noise = loss_noise(case, 0)
    trust = Trust(Probe(case, noise), None, {}, 0, EPS)
    if not trusted:
        for info in case.infos:
            trust.lose(info.name)
    return Derivatives(NetworkAlongDirections(NudgedNetwork(case)), noise, trust)


@pytest.mark.parametrize("name", NETWORKS)
def test_derivatives_along_directions_are_those_of_the_gradient(name: str) -> None:
    case = make_case(config_of(NETWORKS[name]))
    along, claims = derivatives_of(case), claims_of(case)
    asked = [drawn(claim, 3) for claim in claims]
    for found in (
        along.by_differences(asked, DIRECTION_LADDERS[0]),
        along.by_differences(asked, DIRECTION_LADDERS[1]),
        along.by_complex_steps(asked),
    ):
        for claim, each in zip(claims, found, strict=True):
            right = (draw_directions(claim, 0, range(3)) * claim.gradient).reshape(3, -1).sum(1)
            assert (np.abs(each.value - right) <= each.error).all(), claim.info.label(claim.row)
            assert each.projected == pytest.approx(right, rel=1e-12)
            assert (each.error <= claim.tau).all(), claim.info.label(claim.row)


@pytest.mark.parametrize("name", ["plain", "deep, both ways", "projected"])
def test_a_foreign_network_gives_the_same_derivatives_call_by_call(name: str) -> None:
    case = make_case(config_of(NETWORKS[name]))
    ours, called = NetworkAlongDirections(NudgedNetwork(case)), CalledDirections(one_by_one(case), ignored)
    asked = [drawn(claim, 2) for claim in claims_of(case)]
    steps = np.array([2.0**-10, 2.0**-11])
    for one, other in zip(called.complex_along(asked), ours.complex_along(asked), strict=True):
        np.testing.assert_allclose(one.derivatives, other.derivatives, rtol=1e-12, atol=1e-14)
    for one, other in zip(called.central_along(asked, steps), ours.central_along(asked, steps), strict=True):
        np.testing.assert_allclose(one.derivatives, other.derivatives, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", NETWORKS)
def test_boxes_of_a_gate_add_up_to_the_gate(name: str) -> None:
    """Directions of ones: whatever was cut into halves is the sum of both."""
    case = make_case(config_of(NETWORKS[name]))
    network = NetworkAlongDirections(NudgedNetwork(case))

    def ones(claim: Claim, box: Box) -> Directions:
        shape = [part.stop - part.start for part in box]
        return Directions(claim, box, 1, lambda: np.ones((1, *shape)))

    for claim in claims_of(case):
        boxes = [
            (*claim.whole[:axis], part, *claim.whole[axis + 1 :])
            for axis, n in enumerate(claim.gradient.shape)
            for part in (slice(0, n // 2), slice(n // 2, n))
        ]
        asked = [ones(claim, box) for box in [claim.whole, *boxes] if all(b.stop > b.start for b in box)]
        found = network.complex_along(asked)
        for each, seen in zip(asked, found, strict=True):
            right = claim.gradient[each.box].sum()
            assert seen.derivatives[0, 0] == pytest.approx(right, rel=1e-11, abs=1e-13)
            assert seen.projected.value[0] == pytest.approx(right, rel=1e-11, abs=1e-13)


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
    claims = claims_of(case)
    for claim, found in zip(
        claims, Bounds(derivatives_of(case, trusted=False), 0, 1e-9).of(claims), strict=True
    ):
        assert (found.directions, found.contradicts) == (LOOKS[0], False), claim.info.label(claim.row)
        assert found.error <= claim.tau


@pytest.mark.parametrize("size", [3e-6, 1e-3])
def test_one_wrong_entry_of_a_gate_contradicts_and_is_found(size: float) -> None:
    case = make_case(config_of(small(lstm={"hidden_size": 16, "input_size": 9})))
    along = derivatives_of(case)
    claim = next(claim for claim in claims_of(case) if claim.info.label(claim.row) == "W_l0_f")
    wrong = replace(claim, gradient=claim.gradient.copy())
    wrong.gradient[11, 4] += size / 1e-6 * claim.tau
    (found,) = Bounds(along, 0, 1e-9).of([wrong])
    assert found.contradicts
    assert found.error > claim.tau
    assert blamed_entries(along.by_differences, wrong, seed=0).tolist() == [11 * 9 + 4]


def test_nobody_is_to_blame_in_a_right_gate() -> None:
    case = make_case(config_of(small(lstm={"hidden_size": 16})))
    along = derivatives_of(case)
    for claim in claims_of(case)[:4]:
        assert len(blamed_entries(along.by_differences, claim, seed=0)) == 0
