"""Kinks are recognised, and operations that a complex step does not survive."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.gates import G, I, O
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Numbers
from lstmcheck.reference.central import Screening
from lstmcheck.reference.network import Measured
from lstmcheck.reference.nudged_network import NudgedNetwork

Value = Callable[[Numbers, Numbers], Numbers]


def one_unit(z: float, gate: int, spec: LstmSpec) -> Case:
    """One unit, one step, the pre-activation of one gate at z and of the others at 1."""
    arrays = {
        "W_l0": np.zeros((4, 1, 1)),
        "U_l0": np.zeros((4, 1, 1)),
        "b_l0": np.where(np.arange(4) == gate, z, 1.0)[:, None],
        "x": np.ones((1, 1, 1)),
        "h0": np.ones((1, 1, 1)),
        "c0": np.ones((1, 1, 1)),
    }
    return Case(spec, arrays, Loss("projection", {"y": np.ones((1, 1, 1))}))


def bias_of(case: Case) -> ArrayInfo:
    (info,) = (info for info in case.infos if info.block == "b")
    return info


def bias_moved(case: Case, gate: int, step: float) -> Measured:
    return NudgedNetwork(case).central(bias_of(case), np.array([gate]), np.array([step]))


RELU, HARD = LstmSpec(1, 1, candidate="relu"), LstmSpec(1, 1, gate="hard_sigmoid")


@pytest.mark.parametrize(
    ("spec", "gate", "kink"),
    [(RELU, G, 0.0), (HARD, I, 2.5), (HARD, I, -2.5)],
    ids=["relu", "hard_sigmoid above", "hard_sigmoid below"],
)
@pytest.mark.parametrize("side", [-1, 1])
def test_a_step_across_a_kink_is_flagged_and_no_other(
    spec: LstmSpec, gate: int, kink: float, side: int
) -> None:
    case = one_unit(kink + side * 0.01, gate, spec)
    assert bias_moved(case, gate, 0.02).kinked.all()
    assert not bias_moved(case, gate, 0.005).kinked.any()
    # The gradient on this side of the kink; no third derivative around is above 6.
    true = case.gradients()["b_l0"][gate, 0]
    assert abs(bias_moved(case, gate, 0.005).value[0] - true) < 0.005**2
    # A nudge of another gate does not move this one.
    assert not bias_moved(case, O, 0.02).kinked.any()


def test_the_step_that_crosses_is_wrong_by_half() -> None:
    """What the flag protects from: half of relu's slope is lost."""
    case = one_unit(0.0, G, RELU)
    flat, crossing = case.gradients()["b_l0"][G, 0], bias_moved(case, G, 1e-3)
    assert flat == 0
    assert crossing.kinked.all()
    assert crossing.value[0] > 0.1


def test_only_copies_that_meet_the_kink_are_flagged() -> None:
    """In one batch: entries of one array whose steps cross, beside those whose steps do not."""
    case = one_unit(0.01, G, RELU)
    entries, steps = np.array([G, G, I, G]), np.array([0.02, 0.005, 0.02, 0.011])
    moved = NudgedNetwork(case).central(bias_of(case), entries, steps)
    assert moved.kinked.tolist() == [True, False, False, True]


@pytest.mark.parametrize(("step", "certain"), [(0.02, False), (0.005, True)])
def test_a_difference_across_a_kink_is_known_to_be_worthless(step: float, certain: bool) -> None:
    case = one_unit(0.01, G, RELU)
    screening = Screening(NudgedNetwork(case), 1e-16, step=step, kinks=True)
    _, uncertainty, _, _ = screening.measure(
        bias_of(case), np.array([G]), np.array([G]), np.ones(1), np.random.default_rng(0)
    )
    assert np.isfinite(uncertainty[0]) == certain


def test_a_complex_step_is_flagged_only_on_the_kink_itself() -> None:
    for z, expected in [(0.0, True), (1e-20, False), (-1e-20, False)]:
        case = one_unit(z, G, RELU)
        value, kinked = NudgedNetwork(case).complex_step(bias_of(case), np.array([G]))
        assert kinked.tolist() == [expected]
        assert value[0] == pytest.approx(case.gradients()["b_l0"][G, 0])
