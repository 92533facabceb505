"""Losses that vanish, kink, or round where a difference looks: right gradients are not accused, wrong
ones do not pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planted_targets import correct
from target_checks import checked

from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict

pytestmark = pytest.mark.usefixtures("no_other_network_is_looked_for")

VANISHING: dict[str, Any] = {
    "lstm__input_size": 1,
    "lstm__hidden_size": 1,
    "sequence__length": 19,
    "sequence__batch": 1,
}
"""The gradient of the initial states is as small beside the loss as its last digit."""


def failing(report: Report) -> set[str]:
    return {gate.info.name for gate in report.blocks if gate.verdict == Verdict.FAIL}


def passing(report: Report) -> set[str]:
    return {gate.info.name for gate in report.blocks if gate.verdict == Verdict.PASS}


def norm_of_the_last(*, zeros: bool) -> str:
    """A loss that drops every imaginary part: its complex derivatives are zero."""
    source = correct("loss")
    first, last = source.index("    loss = 0.5"), source.index("    d_W, d_U, d_b, d_x = 0")
    loss = """    e = error[-1]
    loss = np.linalg.norm(e)
    d_y = np.zeros_like(y)
    d_y[-1] = e / loss
    d_h, d_c = 0 * h_T, 0 * c_T

"""
    states = '"h0": 0 * d_h, "c0": 0 * d_c' if zeros else '"h0": d_h, "c0": d_c'
    return (source[:first] + loss + source[last:]).replace('"h0": d_h, "c0": d_c', states)


@pytest.mark.parametrize("seed", range(3))
def test_zeros_do_not_pass_for_want_of_digits(seed: int, tmp_path: Path) -> None:
    source = norm_of_the_last(zeros=True)
    report = checked(tmp_path, source, "loss", seed=seed, check__blocks="[h0, c0]", **VANISHING)
    assert not passing(report) & {"h0", "c0"}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_right_is_not_accused_for_want_of_digits(seed: int, tmp_path: Path) -> None:
    report = checked(tmp_path, norm_of_the_last(zeros=False), "loss", seed=seed, **VANISHING)
    assert failing(report) == set()


UNREAD_STATES = correct("loss").replace(
    "hs, cs, gates = [h0], [c0], []", "hs, cs, gates = [0 * h0], [0 * c0], []"
)


def test_zeros_of_what_a_loss_never_reads_pass(tmp_path: Path) -> None:
    zeros = UNREAD_STATES.replace('"h0": d_h, "c0": d_c', '"h0": 0 * d_h, "c0": 0 * d_c')
    assert zeros != UNREAD_STATES != correct("loss")
    assert checked(tmp_path, zeros, "loss").gradient == Verdict.PASS
    assert failing(checked(tmp_path, UNREAD_STATES, "loss")) == {"h0", "c0"}


def test_zeros_of_what_one_step_never_reads_pass_without_complex_numbers(tmp_path: Path) -> None:
    """torch takes none: U is not read at one step from a zero state, whatever it is."""
    one_step: dict[str, Any] = {"sequence__length": 1, "sequence__initial_state": "zero"}
    assert checked(tmp_path, correct("torch"), "torch", **one_step).gradient == Verdict.PASS


PENALTY = f"""{correct("loss")}
data_loss = loss_and_grads
def loss_and_grads(params, x, h0, c0):
    loss, g = data_loss(params, x, h0, c0)
    blocks = ("W", "U")
    loss = loss + sum(0.01 * np.abs(params[k]).sum() for k in blocks)
    return loss, g | {{k: g[k] + 0.01 * np.sign(params[k]) * SIGN for k in blocks}}
"""


@pytest.mark.parametrize("seed", [2, 7, 11])
def test_a_kink_that_nobody_has_told_of_accuses_nobody(seed: int, tmp_path: Path) -> None:
    """Among these are weights that lie within the longest steps of a difference."""
    sizes: dict[str, Any] = {"lstm__input_size": 8, "lstm__hidden_size": 16, "sequence__batch": 3}
    report = checked(
        tmp_path, PENALTY.replace("SIGN", "1"), "loss", seed=seed, check__blocks="[W, U]", **sizes
    )
    assert failing(report) == set()


def test_a_wrong_gradient_fails_beside_kinks(tmp_path: Path) -> None:
    assert failing(checked(tmp_path, PENALTY.replace("SIGN", "-1"), "loss")) == {"W_l0", "U_l0"}


NORMED = f"""{correct("plain")}
raw_forward, raw_backward = forward, backward
def forward(*a):
    y, h, c, cache = raw_forward(*a)
    n = np.linalg.norm(h)
    return y, h / n, c, (cache, h, n)
def backward(d_y, d_h, d_c, cache):
    cache, h, n = cache
    return raw_backward(d_y, d_h / n - SHARE * h * (d_h * h).sum() / n**3, d_c, cache)
"""


@pytest.mark.parametrize(("share", "verdict"), [("1", "fail"), ("0", "pass")])
def test_outputs_that_can_be_read_vouch_for_no_loss_that_cannot(
    share: str, verdict: str, tmp_path: Path
) -> None:
    """The norm is a millionth of a millionth of all outputs, and half of the loss's gradient."""
    settings: dict[str, Any] = VANISHING | {"sequence__length": 60, "check__blocks": "[h0, c0]"}
    report = checked(tmp_path, NORMED.replace("SHARE", share), loss__on="[hidden]", **settings)
    assert verdict not in {gate.verdict for gate in report.blocks}


HALFWAY = correct("plain").replace(
    "return 1 / (1 + np.exp(-z))", "return (1 / (1 + np.exp(-z.astype(np.float32)))).astype(float)"
)


@pytest.mark.parametrize("seed", range(2))
def test_digits_that_are_lost_on_the_way_accuse_nobody(seed: int, tmp_path: Path) -> None:
    assert correct("plain") != HALFWAY
    assert failing(checked(tmp_path, HALFWAY, seed=seed)) == set()


def test_a_wrong_gradient_fails_beside_lost_digits(tmp_path: Path) -> None:
    wrong = (
        HALFWAY + "right = backward\ndef backward(*a):\n    g = right(*a)\n    return g | {'U': 2 * g['U']}\n"
    )
    assert failing(checked(tmp_path, wrong)) == {"U_l0"}


def test_a_small_gate_of_a_loss_of_its_own_is_known_as_well_as_differences_know_it(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "lstm__forget_bias": 8,
        "sequence__length": 12,
        "lstm__input_size": 4,
        "lstm__hidden_size": 6,
    }
    assert checked(tmp_path, correct("loss"), "loss", **settings).gradient == Verdict.PASS
