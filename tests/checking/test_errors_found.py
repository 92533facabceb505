"""An error above the tolerance is found wherever it is; one below it is not an error."""

from __future__ import annotations

import numpy as np
import pytest
from checking_configs import Tree, check_gates, config_of, small
from spoilt import Gradients, scaled, spoilt

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.lstm.backward import Backward

RTOL = 1e-6
BIGGER: Tree = {
    "lstm": {"input_size": 16, "hidden_size": 32},
    "sequence": {"length": 6, "batch": 2},
    "check": {"blocks": ["U"], "rtol": RTOL},
}
"""Of its largest block alone: 4,096 entries."""
GATES = "ifgo"


def gate_of(report: Report, name: str, gate: str | None) -> GateResult:
    (found,) = (block for block in report.blocks if (block.info.name, block.gate) == (name, gate))
    return found


def one_entry_off(name: str, index: tuple[int, ...], relative: float) -> type[Backward]:
    """An error in one entry, as a share of the largest entry of its gate."""

    def change(found: Gradients) -> None:
        found[name][index] += relative * np.abs(found[name][index[0]]).max()

    return spoilt(change)


@pytest.mark.parametrize("index", [(0, 0, 0), (1, 31, 31), (2, 7, 19), (3, 30, 2)])
def test_one_entry_of_thousands_is_found_and_located(index: tuple[int, ...]) -> None:
    report = check_gates(config_of(BIGGER), backward=one_entry_off("U_l0", index, 1e-5))
    assert report.verdict == "fail"
    assert report.count("failed") == 1
    assert report.count("passed") == report.entries - 1
    gate = report.worst
    assert (gate.gate, gate.worst.index, gate.verdict) == (GATES[index[0]], index[1:], "fail")
    assert all(block.verdict == "pass" for block in report.blocks if block is not gate)
    # The error is told as large as it is, within what the reference knows.
    assert abs(gate.rel_error - 1e-5) <= gate.uncertainty


@pytest.mark.parametrize("index", [(0, 0, 0), (2, 7, 19)])
def test_one_entry_off_by_less_than_the_tolerance_passes(index: tuple[int, ...]) -> None:
    assert check_gates(config_of(BIGGER), backward=one_entry_off("U_l0", index, 1e-8)).verdict == "pass"


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("x", (1, 2, 0)),
        ("h0", (0, 3, 1)),
        ("c0", (0, 0, 0)),
        ("b_l0", (1, 1)),
        ("p_l0", (2, 0)),
        ("R_l0", (1, 2)),
    ],
)
def test_one_entry_of_any_array_is_found_and_located(name: str, index: tuple[int, ...]) -> None:
    config = config_of(small(lstm={"peephole": True, "hidden_size": 4, "proj_size": 2}))
    report = check_gates(config, backward=one_entry_off(name, index, 1e-4))
    failed = [block for block in report.blocks if block.verdict == "fail"]
    assert [block.info.name for block in failed] == [name]
    assert failed[0].failed == 1
    assert failed[0].worst.index == (index[1:] if failed[0].gate else index)


@pytest.mark.parametrize("reference", ["central", "complex"])
@pytest.mark.parametrize(("factor", "verdict"), [(1 + 3e-6, "fail"), (1 + 3e-7, "pass"), (1 - 3e-6, "fail")])
def test_the_tolerance_is_where_it_says(factor: float, verdict: str, reference: str) -> None:
    config = config_of(small(check={"rtol": RTOL, "reference": reference}))
    for name in make_case(config).arrays:
        report = check_gates(config, backward=scaled(name, factor))
        mine = [block.verdict for block in report.blocks if block.info.name == name]
        assert set(mine) == {verdict}, name
        assert all(block.verdict == "pass" for block in report.blocks if block.info.name != name), name


@pytest.mark.parametrize("rtol", [1e-9, 1e-3])
def test_another_tolerance_is_kept_too(rtol: float) -> None:
    config = config_of(small(check={"rtol": rtol}))
    assert check_gates(config, backward=scaled("W_l0", 1 + 3 * rtol)).verdict == "fail"
    assert check_gates(config, backward=scaled("W_l0", 1 + rtol / 3)).verdict == "pass"


@pytest.mark.parametrize("reference", ["central", "complex"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_gradient_never_passes(value: float, reference: str) -> None:
    config = config_of(small(check={"reference": reference}))
    for name, array in make_case(config).arrays.items():
        index = tuple(n - 1 for n in array.shape)

        def change(found: Gradients, name: str = name, index: tuple[int, ...] = index) -> None:
            found[name][index] = value

        report = check_gates(config, backward=spoilt(change))
        failed = [block for block in report.blocks if block.verdict == "fail"]
        assert [block.info.name for block in failed] == [name]
        assert failed[0].failed == 1, "the other entries are right"
        assert failed[0].worst.index == (index[1:] if failed[0].gate else index)


def test_nothing_but_nan_never_passes() -> None:
    def change(found: Gradients) -> None:
        for array in found.values():
            array[:] = np.nan

    report = check_gates(config_of(small()), backward=spoilt(change))
    assert {block.verdict for block in report.blocks} == {"fail"}
    assert report.count("failed") == report.entries


def vanishing() -> Config:
    """The first states' gradients are around 1e-20 and less, beside others around 1."""
    return config_of(
        {
            "lstm": {"input_size": 3, "hidden_size": 4},
            "sequence": {"length": 100, "batch": 2},
            "loss": {"on": ["hidden", "cell"]},
            "check": {"blocks": ["W", "h0", "c0"]},
        }
    )


@pytest.mark.parametrize("name", ["h0", "c0"])
@pytest.mark.parametrize("factor", [2, 0, -1, 1 + 1e-4])
def test_a_wrong_gradient_does_not_hide_by_vanishing(name: str, factor: float) -> None:
    config = vanishing()
    gradients = make_case(config).gradients()
    assert 0 < np.abs(gradients[name]).max() < 1e-15 < 1e-3 < np.abs(gradients["W_l0"]).max()
    report = check_gates(config, backward=scaled(name, factor))
    assert [block.info.name for block in report.blocks if block.verdict != "pass"] == [name]
    assert gate_of(report, name, None).verdict == "fail"


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_a_wrong_gradient_does_not_hide_in_the_scale_of_the_loss(scale: float) -> None:
    config = config_of(small(loss={"scale": scale, "reduce": "mean"}))
    report = check_gates(config, backward=scaled("U_l0", 1 + 1e-5))
    assert {block.info.name for block in report.blocks if block.verdict != "pass"} == {"U_l0"}
    assert report.verdict == "fail"


def test_a_noisy_backward_pass_fails_in_every_gate() -> None:
    random = np.random.default_rng(0)

    def change(found: Gradients) -> None:
        for array in found.values():
            array *= 1 + 1e-3 * random.standard_normal(array.shape)

    report = check_gates(config_of(small()), backward=spoilt(change))
    assert {block.verdict for block in report.blocks} == {"fail"}


def test_a_gradient_that_should_be_zero_and_is_not_fails() -> None:
    """One step from zero states: nothing depends on U, so there is no scale but that of rounding."""

    def change(found: Gradients) -> None:
        found["U_l0"][1, 1, 0] = 1e-9

    zero = small(sequence={"length": 1, "initial_state": "zero"})
    report = check_gates(config_of(zero), backward=spoilt(change))
    assert [block.label for block in report.blocks if block.verdict != "pass"] == ["U_l0_f"]
    assert report.verdict == "fail"


def test_a_wrong_gradient_in_a_network_with_kinks_is_found() -> None:
    kinked = small(lstm={"activations": {"candidate": "relu", "gate": "hard_sigmoid"}})
    report = check_gates(config_of(kinked), backward=scaled("W_l0", 1 + 1e-5))
    assert {block.label for block in report.blocks if block.verdict != "pass"} == {
        f"W_l0_{gate}" for gate in GATES
    }
    assert report.verdict == "fail"
