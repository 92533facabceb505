"""What one difference leaves open is measured again, and where nothing can be measured nobody is accused."""

from __future__ import annotations

import numpy as np
import pytest
from checking_configs import ON_KINKS, check_gates, config_of, small
from reference_cases import case_of, codes
from spoilt import Gradients, spoilt

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.by_differences import ByDifferences
from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import G
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Floats, Indices, Numbers
from lstmcheck.reference.kinds import CENTRAL, COMPLEX, RICHARDSON
from lstmcheck.reference.network import Measured
from lstmcheck.reference.nudged_network import NudgedNetwork


def without_complex_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmcheck.reference.complex_trust.Trust.of", lambda *_: False)


@pytest.mark.parametrize("layers", [1, 2])
def test_extrapolation_settles_what_one_difference_leaves_open(
    monkeypatch: pytest.MonkeyPatch, layers: int
) -> None:
    """A tolerance below what the best single difference can tell."""
    without_complex_step(monkeypatch)
    report = check_gates(config_of(small(lstm={"num_layers": layers}, check={"rtol": 1e-10})))
    assert report.verdict == "pass"
    assert report.method.entries["richardson"] > 0 == report.method.entries["complex"]


def test_complex_steps_settle_what_extrapolation_leaves_open() -> None:
    """A tolerance below what any difference can tell, and above what rounding does to the gradient."""
    report = check_gates(config_of(small(check={"rtol": 1e-12})))
    assert report.verdict == "pass"
    assert report.method.entries["complex"] > 0


def test_what_no_difference_can_tell_is_inconclusive_and_not_a_mismatch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_complex_step(monkeypatch)
    report = check_gates(config_of(small(check={"rtol": 1e-13})))
    assert report.verdict == "inconclusive"
    assert report.count("failed") == 0
    assert report.count("inconclusive") > 0


class Staircase(NudgedNetwork):
    """Its derivative is 0, but every step of more than 2⁻⁹ finds 1."""

    def central(self, info: ArrayInfo, entries: Indices, steps: Floats) -> Measured:
        return Measured(np.where(steps > 2.0**-9, 1.0, 0.0), np.zeros(len(entries), bool))


def measured_on_the_staircase(gradient: float, rounding: float) -> Measurement:
    network = Staircase(case_of(small()))
    reference = ByDifferences(Bench(network, 1e-16, rtol=1e-6))
    (info,) = (info for info in network.case.infos if info.block == "b")
    entries = np.arange(info.size)
    gradients = np.full(info.size, gradient)
    given = Given(info, entries, gradients, np.full(info.scopes, rounding), np.zeros(info.scopes))
    return reference.measure_one(given, generator(0, "staircase"))


@pytest.mark.parametrize("gradient", [0.0, 1.0])
def test_long_steps_that_agree_on_something_else_decide_nothing(gradient: float) -> None:
    """Extrapolation from them is confident and wrong: the small step says so."""
    found = measured_on_the_staircase(gradient, rounding=1e-15)
    assert (found.value == 0).all()
    assert not found.passed().any() if gradient else not found.failed().any()


def test_the_rounding_of_the_backward_pass_is_part_of_the_uncertainty() -> None:
    exact, rounded = (measured_on_the_staircase(0.0, rounding) for rounding in (0.0, 0.25))
    np.testing.assert_allclose(rounded.uncertainty, exact.uncertainty + 0.25)


class OtherSide(Backward):
    """On relu's kink the derivative of the other side: as right as ours."""

    def d_z_g(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.i * (s.z[G] >= 0))


def on_kinks(reference: str, wrong: type[Backward] = Backward) -> Report:
    return check_gates(config_of(ON_KINKS | {"check": {"reference": reference}}), backward=wrong)


@pytest.mark.parametrize("reference", ["central", "complex"])
def test_the_derivative_on_the_other_side_of_a_kink_is_not_a_mismatch(reference: str) -> None:
    case = make_case(config_of(ON_KINKS))
    ours, others = case.gradients(), case.gradients(OtherSide)
    assert any((ours[name] != others[name]).any() for name in ours), "some point lies on a kink"
    report = on_kinks(reference, OtherSide)
    assert report.verdict == "pass"
    assert report.count("unmeasurable") > 0
    assert report.count("failed") == report.count("inconclusive") == 0
    assert report.count("passed") + report.count("unmeasurable") == report.entries
    assert all("on a kink" in codes(block) for block in report.blocks if block.unmeasurable)


class NeitherSide(Backward):
    """On relu's kink a derivative that is on neither side of it."""

    def d_z_g(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.i * np.where(s.z[G] == 0, 3.0, s.z[G] > 0))


@pytest.mark.parametrize("reference", ["central", "complex"])
def test_a_derivative_on_neither_side_of_a_kink_never_passes(reference: str) -> None:
    case = make_case(config_of(ON_KINKS))
    ours, others = case.gradients(), case.gradients(NeitherSide)
    spoilt_arrays = {name for name in ours if (ours[name] != others[name]).any()}
    report = on_kinks(reference, NeitherSide)
    assert {block.info.name for block in report.blocks if block.verdict != "pass"} == spoilt_arrays
    assert spoilt_arrays


@pytest.mark.parametrize("reference", ["central", "complex"])
def test_nan_on_a_kink_never_passes(reference: str) -> None:
    def change(found: Gradients) -> None:
        for array in found.values():
            array[:] = np.nan

    report = on_kinks(reference, spoilt(change))
    assert report.count("failed") == report.entries
    assert {block.verdict for block in report.blocks} == {"fail"}


def test_a_chaotic_network_without_a_complex_step_is_never_accused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One ladder alone settles on wrong values of three entries here; the second one does not agree."""
    without_complex_step(monkeypatch)
    chaotic = {
        "seed": 33,
        "lstm": {"input_size": 2, "hidden_size": 5, "init_scale": 4.0},
        "sequence": {"length": 100, "batch": 1},
    }
    assert check_gates(config_of(chaotic)).count("failed") == 0


@pytest.mark.parametrize(
    ("method", "off", "fails"),
    [
        (CENTRAL, 5, False),
        (RICHARDSON, 5, False),
        (CENTRAL, 15, True),
        (RICHARDSON, 15, True),
        (COMPLEX, 5, True),
    ],
)
def test_what_differences_alone_refute_they_refute_many_times_over(
    method: int, off: float, fails: bool
) -> None:
    """In a network that explodes they are confident and wrong, by up to eight of their uncertainties."""
    (info,) = (info for info in case_of(small()).infos if info.block == "c0")
    reference, uncertainty = np.ones(1), np.full(1, 0.1)
    gradient = reference + off * uncertainty
    found = Measurement(Given(info, np.zeros(1, np.intp), gradient, np.zeros(1), np.zeros(1)), 1e-6)
    found.replace(np.zeros(1, np.intp), method, reference, uncertainty)
    assert found.failed().tolist() == [fails]
    assert not found.passed().any()
