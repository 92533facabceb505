"""Every gate is judged at its own size: one in which zeros would pass too does not pass."""

from __future__ import annotations

import numpy as np
import pytest
from checking_configs import Tree, check_gates, config_of, small
from reference_cases import codes
from spoilt import Gradients, scaled, spoilt

from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.gates import F
from lstmcheck.report.run import words
from lstmcheck.tolerances.precision import LARGEST_SCALE

SHUT = small(lstm={"forget_bias": 36.0})
"""The forget gate is open to the last digit of a double: its gradients are 1e-16 of the others."""
EARLY = small(sequence={"length": 100, "batch": 1}, loss={"on": ["hidden"]})
"""The gradient of the first steps is 1e-40 of the last one's."""


def forget_times(factor: float) -> type[Backward]:
    def change(found: Gradients) -> None:
        for block in ("W_l0", "U_l0", "b_l0"):
            found[block][F] *= factor

    return spoilt(change)


def without_complex_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmcheck.reference.complex_trust.Trust.of", lambda *_: False)


def gates_that_are(verdict: str, report: Report) -> set[str | None]:
    return {gate.gate for gate in report.blocks if gate.verdict == verdict}


@pytest.mark.parametrize("factor", [-3.0, 2.5, 0.0, 1.001])
def test_a_wrong_gate_fails_however_small_it_is_beside_its_array(factor: float) -> None:
    report = check_gates(config_of(SHUT), backward=forget_times(factor))
    assert gates_that_are("fail", report) == {"f"}


def test_a_right_gate_passes_however_small_it_is() -> None:
    assert check_gates(config_of(SHUT)).verdict == "pass"


@pytest.mark.parametrize("factor", [-3.0, 0.0, 1.0])
def test_where_nothing_resolves_a_gate_it_is_undecided(
    monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    without_complex_steps(monkeypatch)
    report = check_gates(config_of(SHUT), backward=forget_times(factor))
    assert gates_that_are("inconclusive", report) == {"f"}
    assert gates_that_are("fail", report) == set()
    assert all("unresolved" in codes(gate) for gate in report.blocks if gate.gate == "f")


def early_steps(factor: float, count: int = 10) -> type[Backward]:
    def change(found: Gradients) -> None:
        found["x"][:count] *= factor

    return spoilt(change)


@pytest.mark.parametrize("factor", [0.0, -1.0, 1.001])
def test_early_steps_of_x_are_judged_at_their_own_size(factor: float) -> None:
    report = check_gates(config_of(EARLY), backward=early_steps(factor))
    assert [gate.info.name for gate in report.blocks if gate.verdict != "pass"] == ["x"]
    assert report.verdict == "fail"
    assert report.worst.worst.index[0] < 10


def test_right_steps_of_x_pass_at_their_own_size_and_all_are_counted() -> None:
    report = check_gates(config_of(EARLY))
    assert report.verdict == "pass"
    assert [gate.resolved for gate in report.blocks] == [gate.entries for gate in report.blocks]


def test_steps_that_no_reference_resolves_pass_with_their_array_and_are_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_complex_steps(monkeypatch)
    (x,) = (gate for gate in check_gates(config_of(EARLY)).blocks if gate.info.name == "x")
    assert x.verdict == "pass"
    assert 0 < x.resolved < x.entries / 2


SCALES = [1 / LARGEST_SCALE, -1e-80, 1e-9, 1e40, LARGEST_SCALE]


@pytest.mark.parametrize("scale", SCALES)
def test_a_wrong_gradient_fails_and_a_right_one_passes_at_every_scale_of_the_loss(scale: float) -> None:
    tree: Tree = small(loss={"scale": scale})
    assert check_gates(config_of(tree)).verdict == "pass"
    report = check_gates(config_of(tree), backward=scaled("U_l0", 1.0001))
    assert {gate.info.name for gate in report.blocks if gate.verdict == "fail"} == {"U_l0"}


def test_what_a_report_tells_is_in_units_of_the_loss() -> None:
    one, ten = (check_gates(config_of(small(loss={"scale": scale}))) for scale in (1.0, -10.0))
    for gate, other in zip(one.blocks, ten.blocks, strict=True):
        assert other.scale == pytest.approx(10 * gate.scale)
        assert other.max_abs_error == pytest.approx(10 * gate.max_abs_error, rel=1e-2)
    np.testing.assert_allclose(ten.values.reference["W_l0"], -10 * one.values.reference["W_l0"])
    np.testing.assert_allclose(ten.values.uncertainty["W_l0"], 10 * one.values.uncertainty["W_l0"])


def test_the_counts_say_how_many_entries_were_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "too small" not in words.counts(check_gates(config_of(EARLY)))
    without_complex_steps(monkeypatch)
    report = check_gates(config_of(EARLY))
    count = report.count("passed") - report.count("resolved")
    assert f"{count} too small to be told from zero" in words.counts(report)


FAINT: Tree = small(
    lstm={"hidden_size": 8, "num_layers": 2, "init_scale": 1e-8},
    loss={"on": ["outputs"]},
    check={"blocks": ["h0", "c0"]},
)
"""What begins in the first layer goes through weights that are next to nothing before it matters."""


@pytest.mark.parametrize("factor", [1.0001, 0.0, -1.0])
@pytest.mark.parametrize("name", ["h0", "c0"])
def test_a_cell_that_matters_little_fails_though_not_all_of_it_was_measured_closely(
    name: str, factor: float
) -> None:
    """One entry that fails decides its array: those that are left keep the uncertainty of a difference, by
    which the whole cell would pass beside the other."""

    def change(found: Gradients) -> None:
        found[name][0] *= factor

    report = check_gates(config_of(FAINT), backward=spoilt(change))
    (gate,) = (gate for gate in report.blocks if gate.verdict != "pass")
    assert (gate.info.name, gate.verdict, gate.worst.index[0]) == (name, "fail", 0)


def test_right_cells_that_matter_little_pass_at_their_own_size() -> None:
    report = check_gates(config_of(FAINT))
    assert report.verdict == "pass"
    assert [gate.resolved for gate in report.blocks] == [gate.entries for gate in report.blocks]
