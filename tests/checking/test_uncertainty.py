"""The uncertainty of a reference is honest: the exact derivative lies within it."""

from __future__ import annotations

import numpy as np
import pytest
from checking_configs import CHAOTIC, Tree, small
from reference_cases import VARIANTS, arrays_of, case_of

from lstmcheck.judge.by_differences import ByDifferences
from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.types import Floats
from lstmcheck.reference.central import Screening
from lstmcheck.reference.noise import loss_noise
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.reference.rounding import backward_rounding, scope_maxima

LEAST_SHARE, LARGEST = 0.99, 4
"""This share of all errors is within the uncertainty, and every one within so many times it."""

NETWORKS: dict[str, Tree] = VARIANTS | {
    "thirty steps": small(sequence={"length": 30, "batch": 2}),
    "vanishing gradients": small(sequence={"length": 100, "batch": 1}, loss={"on": ["hidden"]}),
    "large weights": small(lstm={"init_scale": 3.0}, sequence={"length": 8}),
    "saturated gates": small(lstm={"init_scale": 30.0}),
    "tiny weights": small(lstm={"init_scale": 1e-3}),
    "more units": small(lstm={"input_size": 6, "hidden_size": 7}),
    # Longer ones leave differences no step that tells a derivative: that is what complex steps are for.
    "nearly chaotic": CHAOTIC | {"sequence": {"length": 20, "batch": 1}},
}


def assert_honest(errors: list[Floats], uncertainties: list[Floats]) -> None:
    error, uncertainty = np.concatenate(errors), np.concatenate(uncertainties)
    assert np.isfinite(uncertainty).all()
    assert (error <= uncertainty).mean() >= LEAST_SHARE
    assert (error <= LARGEST * uncertainty).all()


def exact(network: NudgedNetwork, case: Case) -> dict[str, Floats]:
    return {info.name: network.complex_step(info, entries).value for info, entries in arrays_of(case)}


@pytest.mark.parametrize("name", NETWORKS)
def test_central_differences_know_their_error(name: str) -> None:
    case = case_of(NETWORKS[name])
    network = NudgedNetwork(case)
    true, analytic, rounding = exact(network, case), case.gradients(), backward_rounding(case, 0)
    screening = Screening(network, loss_noise(case, 0), step=None, kinks=False)
    errors, uncertainties = [], []
    for info, entries in arrays_of(case):
        rows = info.row_of(entries)
        found, uncertainty, kinked, _ = screening.measure(
            info, entries, rows, analytic[info.name].ravel(), generator(0, info.name)
        )
        clear = ~kinked
        errors.append(np.abs(found - true[info.name])[clear])
        # The complex step is rounded as the backward pass is.
        uncertainties.append((uncertainty + rounding[info.name][info.scope_of(entries)])[clear])
    assert_honest(errors, uncertainties)


@pytest.mark.parametrize("name", NETWORKS)
def test_confirmed_references_know_their_error(name: str) -> None:
    """Central differences and Richardson extrapolation together, without the complex step."""
    case = case_of(NETWORKS[name])
    network = NudgedNetwork(case)
    true, measured = exact(network, case), measurements(case, network)
    errors = [np.abs(found.value - true[found.given.info.name]) for found in measured]
    assert_honest(errors, [found.uncertainty for found in measured])


def measurements(case: Case, network: NudgedNetwork, off: float = 0.0) -> list[Measurement]:
    """Of all arrays, the gradients to be checked being off by some factor."""
    analytic, rounding = case.gradients(), backward_rounding(case, 0)
    reference = ByDifferences(Bench(network, loss_noise(case, 0), rtol=1e-6))
    found = []
    for info, entries in arrays_of(case):
        gradient = (1 + off) * analytic[info.name].ravel()
        sizes = scope_maxima(info, analytic[info.name])
        given = Given(info, entries, gradient, rounding[info.name], sizes)
        found.append(reference.measure_one(given, generator(0, info.name)))
    return found


@pytest.mark.parametrize("off", [1.0, 1e-3, 1e-5])
def test_what_is_measured_does_not_lean_towards_the_gradient_in_question(off: float) -> None:
    """A wrong gradient has other entries looked at more closely: the references stay honest."""
    errors, uncertainties = [], []
    for name in ("small", "projection", "cross entropy", "thirty steps", "large weights", "nearly chaotic"):
        case = case_of(NETWORKS[name])
        network = NudgedNetwork(case)
        true = exact(network, case)
        for found in measurements(case, network, off):
            errors.append(np.abs(found.value - true[found.given.info.name]))
            uncertainties.append(found.uncertainty)
    assert_honest(errors, uncertainties)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_uncertainty_is_far_below_the_tolerance(name: str) -> None:
    """An uncertainty of anything would be honest as well. It leaves most of the tolerance to the error."""
    case = case_of(VARIANTS[name])
    for found in measurements(case, NudgedNetwork(case)):
        alive = found.scales() > 0  # not the forget rows of coupled gates
        uncertainty, tolerance = found.uncertainty[alive], found.tolerances()[alive]
        assert (uncertainty <= tolerance).all(), found.given.info.name
        assert np.median(uncertainty / tolerance) < 0.1, found.given.info.name
