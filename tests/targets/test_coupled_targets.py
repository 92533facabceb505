"""Coupled gates of a target: its forget rows must be zero where they have no effect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planted_targets import correct
from target_checks import SEPARATE, checked, in_separate_arrays

from lstmcheck.api import check
from lstmcheck.config import Config

pytestmark = pytest.mark.usefixtures("no_other_network_is_looked_for")

SETTINGS: dict[str, Any] = {"lstm__coupled": "true", "sequence__length": 2, "target__convention": "torch"}
COUPLED = (
    correct("plain")
    .replace("i, f, g, o = sigmoid(z_i), sigmoid(z_f)", "i, f, g, o = sigmoid(z_i), 1 - sigmoid(z_i)")
    .replace("d_c * g * i * (1 - i)", "d_c * (g - c_prev) * i * (1 - i)")
    .replace("d_c * c_prev * f * (1 - f)", "0 * f")
)
RETURNED = 'return {"W": d_W'


def test_a_right_one_passes(tmp_path: Path) -> None:
    report = checked(tmp_path, COUPLED, **SETTINGS)
    assert report.verdict == "pass"
    assert all(gate.gate != "f" for gate in report.blocks)


@pytest.mark.parametrize("garbage", ["1.0", "1e-300"])
def test_garbage_in_a_forget_row_fails(garbage: str, tmp_path: Path) -> None:
    planted = COUPLED.replace(RETURNED, f"d_U[d_c.shape[1]] = {garbage}\n    {RETURNED}")
    report = checked(tmp_path, planted, **SETTINGS)
    assert [gate.label for gate in report.blocks if gate.verdict == "fail"] == ["U_l0_f"]
    assert report.verdict == "fail"


def test_a_coupled_network_that_overflows_accuses_nobody() -> None:
    activations = dict.fromkeys(("gate", "candidate", "output"), "identity")
    lstm = {
        "input_size": 2,
        "hidden_size": 2,
        "coupled": True,
        "activations": activations,
        "init_scale": 1e60,
    }
    report = check(Config(lstm=lstm))  # type: ignore[arg-type]
    assert report.count("failed") == 0
    assert report.verdict == "inconclusive"


def test_forget_gates_that_do_not_come_back_are_not_missing(tmp_path: Path) -> None:
    source = in_separate_arrays(COUPLED, without=["W_f", "U_f", "b_f"])
    report = checked(tmp_path, source, **SETTINGS | {"target__convention": SEPARATE})
    assert (report.verdict, report.not_covered) == ("pass", ())


def test_a_forward_pass_that_reads_them_accuses_nobody(tmp_path: Path) -> None:
    """It is no coupled one, which is what its conformance says; its gradients are right."""
    report = checked(tmp_path, correct("plain"), **SETTINGS)
    rows = [gate for gate in report.blocks if gate.gate == "f"]
    assert {gate.verdict for gate in rows} == {"pass"}
    assert report.target is not None
    assert report.target.conformance is not None
    assert report.target.conformance.verdict == "fail"


def test_zeros_of_a_forward_pass_that_reads_them_do_not_pass(tmp_path: Path) -> None:
    source = correct("loss").replace("d_f = d_c * c_prev", "d_f = 0 * c_prev")
    report = checked(tmp_path, source, "loss", **SETTINGS)
    assert {gate.gate for gate in report.blocks if gate.verdict == "fail"} >= {"f"}


def decayed(factor: str, decay: str) -> str:
    """Weight decay of a coupled network beside `factor` times its loss; its gradient has `decay` of it."""
    coupled = (
        correct("loss")
        .replace("i, f, g, o = sigmoid(z_i), sigmoid(z_f)", "i, f, g, o = sigmoid(z_i), 1 - sigmoid(z_i)")
        .replace("d_i = d_c * g", "d_i = d_c * (g - c_prev)")
        .replace("d_f = d_c * c_prev", "d_f = 0 * c_prev")
    )
    return f"""{coupled}
data_loss = loss_and_grads
def loss_and_grads(params, x, h0, c0):
    loss, g = data_loss(params, x, h0, c0)
    g = {{k: {factor} * a for k, a in g.items()}}
    return {factor} * loss + 0.5e-2 * (params["W"] ** 2).sum(), g | {{"W": g["W"] + {decay} * params["W"]}}
"""


@pytest.mark.parametrize(("decay", "verdict"), [("1e-2", "pass"), ("0", "fail")])
def test_a_loss_that_reads_the_forget_rows_themselves_is_measured_there(
    decay: str, verdict: str, tmp_path: Path
) -> None:
    """The gradient of rows without any other effect is no zero."""
    report = checked(tmp_path, decayed("1", decay), "loss", **SETTINGS)
    assert report.gradient == verdict
    assert "W_l0_f" in [gate.label for gate in report.blocks]


def test_a_loss_whose_digits_do_not_show_what_it_reads_accuses_nobody(tmp_path: Path) -> None:
    assert checked(tmp_path, decayed("1e25", "1e-2"), "loss", **SETTINGS).count("failed") == 0
