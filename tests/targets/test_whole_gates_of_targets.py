"""Targets of many parameters: their gates are judged as wholes, in few calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from network_targets import NETWORK
from nonconforming_targets import source as nonconforming
from planted_targets import correct
from target_checks import checked, checked_apart

from lstmcheck.errors import LstmcheckError
from lstmcheck.report.run.words import remedy
from lstmcheck.tolerances.directions import FEW

pytestmark = pytest.mark.usefixtures("no_other_network_is_looked_for")

LARGE: dict[str, Any] = {"lstm__hidden_size": 12, "lstm__input_size": 9}
"""1,100 parameters: 2,400 calls one by one."""


def spoilt(protocol: str, change: str, right: str = "") -> str:
    """The right example, or another right target, with its gradients `g` changed by a statement."""
    name = "loss_and_grads" if protocol == "loss" else "backward"
    whole = "g = found[1]" if protocol == "loss" else "g = found"
    return f"""{right or correct(protocol)}
right_function = {name}
def {name}(*given):
    found = right_function(*given)
    {whole}
    {change or "pass"}
    return found
"""


FLOAT32: dict[str, Any] = {"target__dtype": "float32", "check__method": "directions"}
COMPLEX: dict[str, Any] = {"check__reference": "complex"}


@pytest.mark.parametrize(
    ("protocol", "settings"),
    [("plain", {}), ("loss", {}), ("cs231n-step", {}), ("plain", COMPLEX), ("plain", FLOAT32)],
)
def test_a_right_target_of_many_parameters_passes_in_few_calls(
    protocol: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    report = checked(tmp_path, correct(protocol), protocol, **LARGE | settings)
    assert report.verdict == "pass"
    assert all(gate.directions >= 4 for gate in report.blocks if gate.total > FEW)
    assert report.method.evaluations < 2 * report.total


@pytest.mark.parametrize(
    ("protocol", "size", "settings"),
    [
        ("plain", 3e-6, {}),
        ("loss", 3e-6, {}),
        ("plain", 3e-6, COMPLEX),
        # A lower precision takes digits up to the root of its last one: what is off by more is wrong.
        ("plain", 1e-3, FLOAT32),
    ],
)
def test_one_wrong_entry_is_found_by_halving_where_no_gradients_of_ours_tell(
    protocol: str, size: float, settings: dict[str, Any], tmp_path: Path
) -> None:
    """Of a loss that nobody told us our own gradients say nothing."""
    source = spoilt(protocol, f"g['W'][17, 5] += {size} * np.abs(g['W'][12:24]).max()")
    report = checked(tmp_path, source, protocol, **LARGE | settings)
    (gate,) = (gate for gate in report.blocks if gate.verdict != "pass")
    assert (gate.verdict, gate.where) == ("fail", "W_f[5,5]")


def test_several_processes_find_the_same_along_directions(tmp_path: Path) -> None:
    one, two = (checked_apart(tmp_path, correct("plain"), processes=n, **LARGE) for n in (1, 2))
    assert one.method.directions >= 4
    assert one.blocks == two.blocks
    assert one.method.evaluations == two.method.evaluations


def test_float32_of_another_network_goes_by_entries(tmp_path: Path) -> None:
    settings = LARGE | {"target__dtype": "float32", "check__blocks": "[b]", "check__rtol": 1e-2}
    source = nonconforming(gates="igfo")
    assert checked(tmp_path, source, **settings).method.directions == 0
    with pytest.raises(LstmcheckError, match="lower precision"):
        checked(tmp_path, source, check__method="directions", **settings)


def test_directions_across_kinks_of_a_target_are_refused_and_auto_does_without(tmp_path: Path) -> None:
    source, kinked = correct("plain"), LARGE | {"lstm__activations": "{candidate: relu}"}
    assert checked(tmp_path, source, check__blocks="[b]", **kinked).method.directions == 0
    with pytest.raises(LstmcheckError, match="kink"):
        checked(tmp_path, source, check__method="directions", **kinked)


def test_noise_that_leaves_no_bound_accuses_nobody_and_says_what_would_decide(tmp_path: Path) -> None:
    noisy = correct("loss").replace("    return loss, ", "    return np.float64(np.float32(loss)), ")
    assert noisy != correct("loss")
    settings = LARGE | {"check__rtol": 1e-3, "check__blocks": "[W]"}
    report = checked(tmp_path, noisy, "loss", check__method="directions", **settings)
    assert {(gate.verdict, gate.failed) for gate in report.blocks} == {("inconclusive", 0)}
    assert {note.code for gate in report.blocks for note in gate.notes} == {"unbounded"}
    assert "--set check.method=entries" in str(remedy(report))
    assert checked(tmp_path, noisy, "loss", check__method="entries", **settings).gradient == "pass"


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_complex_steps_along_directions_lose_is_not_passed(forgotten: bool, tmp_path: Path) -> None:
    """The norm of a complex array is real: a penalty of W has no imaginary part."""
    gradient = "" if forgotten else 'g["W"] = g["W"] + 1e-4 * params["W"]'
    source = f"""{correct("loss")}
data_loss = loss_and_grads
def loss_and_grads(params, x, h0, c0):
    loss, g = data_loss(params, x, h0, c0)
    {gradient}
    return loss + 0.5 * 1e-4 * np.linalg.norm(params["W"]) ** 2, g
"""
    report = checked(tmp_path, source, "loss", **LARGE)
    wrong = {gate.info.name for gate in report.blocks if gate.verdict != "pass"}
    assert wrong == ({"W_l0"} if forgotten else set())
    assert report.gradient == ("fail" if forgotten else "pass")


def test_an_operation_that_takes_no_complex_numbers_ends_no_run(tmp_path: Path) -> None:
    source = correct("plain").replace("c = f * c_prev + i * g", "c = float_sum(f * c_prev, i * g)")
    assert source != correct("plain")
    source += "\ndef float_sum(a, b):\n    a = np.array(a, dtype=float)\n    a += b\n    return a\n"
    assert checked(tmp_path, source, **LARGE, check__method="directions").verdict == "pass"


def test_a_gate_that_has_no_effect_passes_where_nothing_is_exact(tmp_path: Path) -> None:
    start: dict[str, Any] = {
        "sequence__length": 1,
        "sequence__initial_state": "zero",
        "check__method": "directions",
    }
    report = checked(tmp_path, correct("plain"), "plain", lstm__hidden_size=7, **start)
    assert report.verdict == "pass"
    (forget,) = [gate for gate in report.blocks if (gate.info.name, gate.gate) == ("W_l0", "f")]
    assert forget.directions
    assert forget.max_abs_error == 0


VANISHING: dict[str, Any] = {
    "sequence__length": 48,
    "sequence__batch": 2,
    "loss__kind": "projection",
    "loss__on": "[hidden]",
    "target__behaviour": "[]",
} | FLOAT32


@pytest.mark.parametrize("factor", [1, 1.5])
def test_float32_is_judged_step_by_step_along_directions_too(factor: float, tmp_path: Path) -> None:
    early = spoilt("plain", f"g['x'][:2] = {factor} * g['x'][:2]")
    report = checked(tmp_path, early, "plain", **VANISHING)
    assert np.abs(report.values.analytic["x"][:2]).max() < 1e-6 * np.abs(report.values.analytic["x"]).max()
    (x,) = [gate for gate in report.blocks if gate.info.name == "x"]
    assert x.verdict == ("pass" if factor == 1 else "fail")
    assert x.worst.index[0] < 2 or factor == 1


FAINT: dict[str, Any] = {
    "lstm__num_layers": 2,
    "lstm__init_scale": 1e-6,
    "lstm__hidden_size": 7,
    "loss__on": "[outputs]",
    "sequence__lengths": "[4, 2]",
    "check__blocks": "[h0, c0]",
    "check__method": "directions",
}
"""The states of the first layer matter a millionth as much as those of the second."""


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("change", ["", "g['h0'][0] = 0", "g['c0'][0] = 1.5 * g['c0'][0]"])
def test_each_cell_of_a_target_is_judged_at_its_own_size(change: str, dtype: str, tmp_path: Path) -> None:
    """Float64 by its own forward pass, float32 by ours."""
    source = spoilt("plain", change, NETWORK)
    report = checked(tmp_path, source, **FAINT | {"target__dtype": dtype})
    wrong = [gate for gate in report.blocks if gate.verdict != "pass"]
    assert {gate.info.name: gate.verdict for gate in wrong} == ({change[3:5]: "fail"} if change else {})
    assert all(gate.worst.index[0] == 0 for gate in wrong)
