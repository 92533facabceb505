"""float32: judged by float64 gradients where the network is ours; lost precision is no wrong formula."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nonconforming_targets import source as nonconforming
from planted_targets import FOLDER, correct, source
from target_checks import checked

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run.answers import sentences

FLOAT32: dict[str, Any] = {"target__dtype": "float32"}


@pytest.mark.parametrize("protocol", ["plain", "cs231n-step", "course-cell", "torch"])
def test_a_right_float32_target_passes(protocol: str, tmp_path: Path) -> None:
    report = checked(tmp_path, correct(protocol), protocol, **FLOAT32)
    assert report.verdict == Verdict.PASS
    assert report.target is not None
    assert report.target.precision == "float32"


def test_the_report_says_whose_forward_pass_was_differenced(tmp_path: Path) -> None:
    def told(**settings: Any) -> str:
        return next(sentences(checked(tmp_path, correct("plain"), check__entries=1, **settings)))

    own = "Gradient: pass: its backward pass against {} of its own forward pass."
    assert told() == own.format("differences")
    assert told(check__reference="complex") == own.format("complex steps")
    assert "differences of our float64 forward pass" in told(**FLOAT32)
    assert "its own forward pass" not in told(**FLOAT32)


@pytest.mark.parametrize("seed", range(5))
def test_a_right_float32_target_is_never_accused(seed: int, tmp_path: Path) -> None:
    report = checked(
        tmp_path, correct("plain"), seed=seed, sequence__length=12, lstm__hidden_size=8, **FLOAT32
    )
    assert report.verdict == Verdict.PASS


@pytest.mark.parametrize("mistake", ["cell-carry-dropped", "bias-overwritten", "first-step-skipped"])
def test_a_wrong_float32_target_fails_and_is_named(mistake: str, tmp_path: Path) -> None:
    report = checked(tmp_path, source("plain", mistake), explain=True, **FLOAT32)
    assert report.gradient == Verdict.FAIL
    assert report.diagnosis is not None
    assert report.diagnosis.suspects[0].mistake == mistake


def test_lost_precision_is_told_apart_from_a_wrong_formula(tmp_path: Path) -> None:
    sloppy = f"""{correct("plain")}
right = backward
def backward(d_y, d_h, d_c, cache):
    g = right(d_y, d_h, d_c, cache)
    signs = np.random.default_rng(0).choice([-1, 1], g["W"].shape)
    return g | {{"W": (g["W"] * (1 + 2e-4 * signs)).astype(np.float32)}}
"""
    report = checked(tmp_path, sloppy, **FLOAT32)
    assert (report.gradient, report.verdict) == (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE)
    imprecise = [gate.info.name for gate in report.blocks if gate.imprecise]
    assert imprecise == ["W_l0"] * 4
    assert all("imprecise" in {n.code for n in gate.notes} for gate in report.blocks if gate.imprecise)


def test_another_network_is_differenced_itself_and_never_accused_within_its_noise(tmp_path: Path) -> None:
    report = checked(tmp_path, nonconforming(gates="igfo"), **FLOAT32)
    assert report.count("failed") == 0
    assert report.target is not None
    assert report.target.conformance is not None
    assert [m.convention.gates for m in report.target.conformance.matches] == ["igfo"]
    assert any("its own forward pass, with its noise" in note for note in report.target.notes)


@pytest.mark.parametrize("scale", [1e-90, 1e-30, -1e60])
def test_the_scale_of_the_loss_leaves_float32_its_digits(scale: float, tmp_path: Path) -> None:
    """Upstream gradients that float32 cannot hold would be zero, or infinite."""
    right = checked(tmp_path, correct("plain"), loss__scale=scale, **FLOAT32)
    assert right.verdict == Verdict.PASS
    wrong = checked(tmp_path, source("plain", "cell-carry-dropped"), loss__scale=scale, **FLOAT32)
    assert wrong.gradient == Verdict.FAIL


def test_a_target_that_computes_in_float32_unasked_is_noticed(tmp_path: Path) -> None:
    quiet = f"""{correct("plain")}
right = forward
def forward(params, x, h0, c0):
    small = {{name: array.astype(np.float32) for name, array in params.items()}}
    return right(small, *(a.astype(np.float32) for a in (x, h0, c0)))
"""
    report = checked(tmp_path, quiet)
    assert report.verdict == Verdict.PASS
    assert report.target is not None
    assert report.target.precision == "float32"
    assert any("though it was given float64" in note for note in report.target.notes)


def test_torchs_own_lstm_passes(tmp_path: Path) -> None:
    builtin = (FOLDER / "torch_builtin.py").read_text()
    report = checked(tmp_path, builtin, "torch", check__entries=3)
    assert report.verdict == Verdict.PASS
    assert report.config.lstm.bias == "two"


def changed(in_forward: str, in_backward: str) -> str:
    """A right target, with lines that change what its functions return."""
    return f"""{correct("plain")}
right_forward, right_backward = forward, backward
def forward(*given):
    found = list(right_forward(*given))
    {in_forward}
    return found
def backward(*given):
    found = right_backward(*given)
    {in_backward}
    return found
"""


OFF = "found['W'] = found['W'] + 3e-6 * np.abs(found['W']).max()"
ONE_IN_FLOAT32 = {
    "an output": ("found[2] = found[2].astype(np.float32)", "pass"),
    "all outputs": ("found[:3] = [a.astype(np.float32) for a in found[:3]]", "pass"),
    "a gradient": ("pass", "found['b'] = found['b'].astype(np.float32)"),
}


@pytest.mark.parametrize("which", ONE_IN_FLOAT32)
def test_a_float32_array_lets_no_other_pass(which: str, tmp_path: Path) -> None:
    """The same is right within float32 where all of it was to be computed so."""
    forward, backward = ONE_IN_FLOAT32[which]
    right = checked(tmp_path, changed(forward, backward), check__entries=3)
    assert right.verdict == Verdict.PASS
    wrong = changed(forward, f"{backward}; {OFF}")
    report = checked(tmp_path, wrong, check__entries=3)
    assert {gate.verdict for gate in report.blocks if gate.info.name == "W_l0"} == {Verdict.INCONCLUSIVE}
    assert {gate.verdict for gate in report.blocks if gate.info.name != "W_l0"} == {Verdict.PASS}
    assert checked(tmp_path, wrong, check__entries=3, **FLOAT32).verdict == Verdict.PASS


def test_what_float32_does_not_explain_is_wrong(tmp_path: Path) -> None:
    forward, backward = ONE_IN_FLOAT32["an output"]
    wrong = changed(forward, f"{backward}; {OFF.replace('3e-6', '1e-3')}")
    assert checked(tmp_path, wrong, check__entries=2).gradient == Verdict.FAIL


def test_a_float32_gradient_is_told(tmp_path: Path) -> None:
    report = checked(tmp_path, changed(*ONE_IN_FLOAT32["a gradient"]))
    assert report.target is not None
    assert report.target.notes[0].startswith("b_l0 came in float32: judged with its rounding")


def test_a_step_in_float32_is_judged_so_in_all_that_it_returns(tmp_path: Path) -> None:
    """Sums over steps keep what the steps came in."""
    coarse = f"""{correct("cs231n-step")}
right = lstm_step_backward
def lstm_step_backward(d_h, d_c, cache):
    return tuple(a.astype(np.float32) for a in right(d_h, d_c, cache))
"""
    report = checked(tmp_path, coarse, "cs231n-step")
    assert report.verdict == Verdict.PASS
    assert report.target is not None
    assert "W_l0, U_l0, b_l0, x, h0, c0 came in float32" in report.target.notes[0]


def test_a_loss_in_float32_lets_no_gradient_pass(tmp_path: Path) -> None:
    coarse = f"""{correct("loss")}
right = loss_and_grads
def loss_and_grads(*given):
    loss, found = right(*given)
    {OFF}
    return np.float32(loss), found
"""
    report = checked(tmp_path, coarse, "loss")
    assert Verdict.PASS not in {gate.verdict for gate in report.blocks if gate.info.name == "W_l0"}
