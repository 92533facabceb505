"""Complex steps are trusted array by array, where differences find the same; no comparison, no trust."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from checking_configs import Tree, check_gates, config_of, small
from reference_cases import VARIANTS, case_of, codes
from spoilt import Gradients, spoilt

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.by_complex_steps import ByComplexSteps
from lstmcheck.judge.measurement import Given
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.lstm.activations import ACTIVATIONS, Activation
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.reference.complex_trust import Comparison, Probe, Trust, compare_along, line_through
from lstmcheck.reference.network import Measured
from lstmcheck.reference.noise import loss_noise
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.tolerances.precision import EPS


def trust_in(case: Case, *, everything: bool = True, foreign: bool = False) -> Trust:
    """As a check makes it: rounding takes nothing here."""
    case = case.at_scale_one()
    outputs = (lambda: case.reading_everything(generator(0, "everything"))) if everything else None
    return Trust(Probe(case, loss_noise(case, 0)), outputs, {}, 0, EPS, foreign=foreign)


def trusted(case: Case, *, everything: bool = True, foreign: bool = False) -> set[str]:
    """Names of arrays whose complex steps may be used."""
    trust = trust_in(case, everything=everything, foreign=foreign)
    return {info.name for info in case.infos if trust.of(info.name)}


def names(case: Case) -> set[str]:
    return {info.name for info in case.infos}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_array_is_trusted_where_the_forward_pass_is_analytic(name: str) -> None:
    case = case_of(VARIANTS[name])
    assert trusted(case) == names(case)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_of_ours_is_trusted(activation: str) -> None:
    for place in ("gate", "candidate", "output"):
        case = case_of(small(lstm={"activations": {place: activation}}))
        assert trusted(case) == names(case), place


VANISHING = small(sequence={"length": 100, "batch": 1}, loss={"on": ["hidden"]})


def test_a_state_whose_gradient_vanishes_in_the_loss_is_trusted_for_what_the_outputs_show() -> None:
    case = case_of(VANISHING)
    assert trusted(case) == names(case)


def test_where_noise_hides_every_difference_nothing_is_trusted() -> None:
    """No comparison, no trust: of these states the loss alone shows nothing."""
    assert {"h0", "c0"} & trusted(case_of(VANISHING), everything=False) == set()


def drops_imaginary(z: Numbers) -> Numbers:
    return np.asarray(np.tanh(z.real))


def conjugates(z: Numbers) -> Numbers:
    return np.asarray(np.tanh(np.conj(z)))


def by_absolute_value(z: Numbers) -> Numbers:
    """tanh by way of |z|, which of a complex number is a real one."""
    return np.asarray(np.sign(z.real) * np.tanh(np.abs(z)))


Value = Callable[[Numbers], Numbers]
LOSSY = [drops_imaginary, conjugates, by_absolute_value]


@pytest.mark.parametrize("value", LOSSY)
def test_nothing_is_trusted_where_an_activation_loses_the_imaginary_part(
    monkeypatch: pytest.MonkeyPatch, value: Value
) -> None:
    case = case_of(small())
    monkeypatch.setitem(ACTIVATIONS, "tanh", Activation(value, ACTIVATIONS["tanh"].derivative))
    np.testing.assert_array_equal(case.trace().outputs.y, case_of(small()).trace().outputs.y)
    assert trusted(case) == set()


class Lossy(Case):
    """Our network with something done to one of its arrays first."""

    name = ""
    change: Callable[[Numbers], Numbers]

    def at(self, arrays: Arrays) -> object:  # type: ignore[override]
        changed = {**arrays, self.name: type(self).change(arrays[self.name])}
        return super().at(changed)


def as_float(array: Numbers) -> Numbers:
    return np.array(array.real, dtype=float)


def by_size_and_sign(array: Numbers) -> Numbers:
    return np.asarray(np.abs(array) * np.sign(array.real))


@pytest.mark.parametrize("change", [as_float, by_size_and_sign])
@pytest.mark.parametrize("name", ["h0", "c0", "W_l0"])
def test_an_array_that_loses_its_imaginary_part_is_distrusted_alone(
    name: str, change: Callable[[Numbers], Numbers]
) -> None:
    """However little of the loss goes through it: the other arrays stay trusted."""
    kind = type("Kind", (Lossy,), {"name": name, "change": staticmethod(change)})
    for seed in range(5):
        case = case_of(small() | {"seed": seed})
        lossy: Case = kind(case.spec, case.arrays, case.loss)
        assert trusted(lossy) == names(case) - {name}


class Cancelling(Case):
    """An input that is cast to float, and whose effect a step below 2⁻⁸ does not reach."""

    def at(self, arrays: Arrays) -> object:  # type: ignore[override]
        coarse = np.round(np.real(arrays["h0"]) * 256) / 256
        return super().at({**arrays, "h0": coarse})


def test_zeros_of_fine_steps_overrule_no_contradiction_by_long_ones() -> None:
    case = case_of(small())
    assert "h0" not in trusted(Cancelling(case.spec, case.arrays, case.loss), foreign=True)


class Refusing(Case):
    """Complex numbers end its forward pass."""

    def at(self, arrays: Arrays) -> object:  # type: ignore[override]
        if any(np.iscomplexobj(array) for array in arrays.values()):
            raise LstmcheckError("cannot cast complex to float")
        return super().at(arrays)


def test_a_fault_in_a_complex_evaluation_is_no_trust_and_no_error() -> None:
    case = case_of(small())
    assert trusted(Refusing(case.spec, case.arrays, case.loss)) == set()


# What that means for a verdict. The arrays of a network whose loss is noisy beside their gradients.

NOISY: Tree = {
    "lstm": {"input_size": 3, "hidden_size": 4, "forget_bias": -20.0},
    "sequence": {"length": 4, "batch": 2},
}
"""Through a forget gate that is shut, the gradient of c0 is 1e-9 of the others: of few digits in a
difference."""


def test_a_complex_step_never_overrules_a_difference_that_it_contradicts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trusted by mistake, and off by a part in a thousand: nothing is decided, whatever the gradient says."""
    monkeypatch.setattr("lstmcheck.reference.complex_trust.Trust.of", lambda *_: True)
    exact = NudgedNetwork.complex_step

    def off(self: NudgedNetwork, *arguments: object) -> Measured:
        value, kinked = exact(self, *arguments)  # type: ignore[arg-type]
        return Measured(1.001 * value, kinked)

    monkeypatch.setattr(NudgedNetwork, "complex_step", off)

    def agree_with_it(gradients: Gradients) -> None:
        for array in gradients.values():
            array *= 1.001

    report = check_gates(config_of(small()), backward=spoilt(agree_with_it))
    assert {gate.verdict for gate in report.blocks} == {"inconclusive"}
    assert report.count("failed") == 0
    assert all("contradicted" in codes(gate) for gate in report.blocks)
    # Entries that differences settle never ask for one.
    assert check_gates(config_of(small())).verdict == "pass"


def test_small_gates_of_right_gradients_pass_by_complex_steps() -> None:
    report = check_gates(config_of(NOISY))
    assert report.verdict == "pass"
    assert report.method.entries["complex"] > 0


def test_what_is_not_known_of_a_complex_step_does_not_depend_on_what_is_measured_with_it() -> None:
    """A foreign complex step is known to a share of its array's largest derivative, in every batch."""
    case = case_of(small())
    probe = Probe(case, loss_noise(case, 0))
    trust = Trust(probe, None, {}, 0, EPS, foreign=True)
    reference = ByComplexSteps(Bench(NudgedNetwork(case), probe.noise, rtol=1e-6, trust=trust))
    (info,) = (info for info in case.infos if info.block == "W")
    gradient = case.gradients()[info.name].ravel()
    given = Given(info, np.arange(info.size), gradient, np.zeros(info.scopes), np.zeros(info.scopes))
    found = reference.measure_one(given, generator(0, "batch"))
    largest = np.abs(found.value).max()
    np.testing.assert_allclose(found.uncertainty, trust.accuracy(info.name) * largest)
    assert 0 < trust.accuracy(info.name) < 1e-6


class Dead:
    """A loss that only long steps change, as units do that a relu has shut: without any noise."""

    def __init__(self, *, even: bool) -> None:
        self.arrays: Arrays = {"W": np.zeros(3)}
        self.even = even

    def at(self, arrays: Arrays) -> Numbers:
        return np.asarray(arrays["W"])

    def shares(self, outputs: Numbers) -> Numbers:
        size = np.abs(outputs) if self.even else outputs
        return np.asarray(np.where(size.real > 0.1, size - 0.1, 0) ** 2)

    def difference(self, plus: Numbers, minus: Numbers) -> Numbers:
        return self.shares(plus) - self.shares(minus)


def test_what_only_long_steps_change_is_compared_by_fine_ones() -> None:
    for dead in (Dead(even=False), Dead(even=True)):
        assert compare_along(Probe(dead, 0.0), 0, line_through([dead], "W", 0), 0.0) == (
            Comparison.AGREES,
            0.0,
        )
