"""Ordinary code that deceives a checker: lost imaginary parts, huge gradients, float32 of another network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nonconforming_targets import source as nonconforming
from planted_targets import correct
from target_checks import checked, checked_apart

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.formats import FORMATS
from lstmcheck.report.run import words
from lstmcheck.report.run.content import RunContent

pytestmark = pytest.mark.usefixtures("no_other_network_is_looked_for")

SEEDS = range(2)


def with_a_penalty(forgotten: bool) -> str:
    """A loss with a term whose complex value is real: the norm of a complex array."""
    gradient = "" if forgotten else 'g["W"] = g["W"] + 1e-4 * params["W"]'
    return f"""{correct("loss")}
data_loss = loss_and_grads
def loss_and_grads(params, x, h0, c0):
    loss, g = data_loss(params, x, h0, c0)
    {gradient}
    return loss + 0.5 * 1e-4 * np.linalg.norm(params["W"]) ** 2, g
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_penalty_that_complex_steps_do_not_see_is_judged_by_differences(
    forgotten: bool, seed: int, tmp_path: Path
) -> None:
    report = checked(tmp_path, with_a_penalty(forgotten), "loss", seed=seed, check__blocks="[W, b]")
    wrong = {gate.info.name for gate in report.blocks if gate.verdict != "pass"}
    assert wrong == ({"W_l0"} if forgotten else set())
    assert report.gradient == (Verdict.FAIL if forgotten else Verdict.PASS)


LOST = {
    "h0 as float": ("h0", "np.array(h0, dtype=float)"),
    "c0 by size and sign": ("c0", "np.abs(c0) * np.sign(c0.real)"),
    "x in a real buffer": ("x", "np.add(x.real, 0.0)"),
}


def losing(name: str, expression: str, *, wrong: bool) -> str:
    """A forward pass that loses the imaginary part of an input; zeros as its gradient, if `wrong`."""
    zeros = f"g | {{'{name}': 0 * g['{name}']}}" if wrong else "g"
    return f"""{correct("plain")}
analytic, right = forward, backward
def forward(params, x, h0, c0):
    {name} = {expression}
    return analytic(params, x, h0, c0)
def backward(d_y, d_h, d_c, cache):
    g = right(d_y, d_h, d_c, cache)
    return {zeros}
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", LOST)
def test_a_gradient_that_a_lost_imaginary_part_agrees_with_does_not_pass(
    case: str, seed: int, tmp_path: Path
) -> None:
    name, expression = LOST[case]
    wrong, right = (
        checked(tmp_path, losing(name, expression, wrong=each), seed=seed, check__blocks=f"[b, {name}]")
        for each in (True, False)
    )
    assert {gate.info.name for gate in wrong.blocks if gate.verdict == "fail"} == {name}
    assert right.gradient == Verdict.PASS


REFUSING = f"""{correct("plain")}
analytic = forward
def forward(params, x, h0, c0):
    c = np.array(c0.real)
    c *= np.ones_like(params["W"][0, 0])  # no place for an imaginary part
    return analytic(params, x, h0, c)
"""


@pytest.mark.parametrize("wrong", [False, True])
def test_a_forward_pass_that_takes_no_complex_numbers_is_judged_by_differences(
    wrong: bool, tmp_path: Path
) -> None:
    off = "right = backward\ndef backward(*a):\n    g = right(*a)\n    return g | {'U': 1.01 * g['U']}\n"
    report = checked(tmp_path, REFUSING + off * wrong, check__blocks="[U, c0]")
    assert report.gradient == (Verdict.FAIL if wrong else Verdict.PASS)
    assert report.method.entries["complex"] == 0


@pytest.mark.parametrize("factor", [1e12, 1e-3, 1.0001])
def test_the_tolerance_of_a_loss_of_its_own_does_not_grow_with_the_gradient(
    factor: float, tmp_path: Path
) -> None:
    scaled = f"""{correct("loss")}
right = loss_and_grads
def loss_and_grads(*a):
    loss, g = right(*a)
    return loss, g | {{"W": {factor} * g["W"]}}
"""
    report = checked(tmp_path, scaled, "loss", check__blocks="[W, b]")
    assert {gate.info.name for gate in report.blocks if gate.verdict == "fail"} == {"W_l0"}


UNREAD = f"""{correct("plain")}
reading = forward
def forward(params, x, h0, c0):
    return reading(params, x, np.zeros_like(h0), c0)
"""


def test_a_gradient_of_what_the_loss_does_not_depend_on_is_told_as_such(tmp_path: Path) -> None:
    report = checked(tmp_path, UNREAD)
    (gate,) = (gate for gate in report.blocks if gate.verdict == "fail")
    assert (gate.info.name, gate.scale) == ("h0", 0)
    assert "the loss does not depend on h0, and its gradient is not zero" in words.worst(report)
    assert "beside 0" in words.error(gate)


def test_zeros_for_what_the_loss_does_not_depend_on_pass(tmp_path: Path) -> None:
    zeros = "right = backward\ndef backward(*a):\n    g = right(*a)\n    return g | {'h0': 0 * g['h0']}\n"
    assert checked(tmp_path, UNREAD + zeros).gradient == Verdict.PASS


@pytest.mark.parametrize("value", ["np.nan", "-np.inf"])
def test_a_gradient_that_is_not_finite_fails_with_its_place(value: str, tmp_path: Path) -> None:
    spoiling = f"""{correct("plain")}
right = backward
def backward(*a):
    g = right(*a)
    g["U"][4, 1] = {value}
    return g
"""
    report = checked(tmp_path, spoiling)
    (gate,) = (gate for gate in report.blocks if gate.verdict != "pass")
    assert (gate.verdict, gate.where) == ("fail", "U_f[1,1]")


FLOAT32: dict[str, Any] = {"target__dtype": "float32"}


def another_network(change: Callable[[str], str]) -> str:
    """A float32 forward pass that is no LSTM as declared, with a backward pass of its own."""
    return change(nonconforming(gates="igfo"))


def half_wrong(source: str) -> str:
    off = "def backward(*a):\n    g = right(*a)\n    return g | {'U': 2 * g['U']}\n"
    return f"{source}\nright = backward\n{off}"


def judged(source: str, tmp_path: Path, rtol: float) -> Report:
    return checked(tmp_path, source, check__rtol=rtol, **FLOAT32)


def test_an_error_of_a_hundred_percent_fails_in_float32_whatever_the_network(tmp_path: Path) -> None:
    report = judged(another_network(half_wrong), tmp_path, 1e-6)
    assert {gate.info.name for gate in report.blocks if gate.verdict == "fail"} == {"U_l0"}


def test_a_right_gradient_of_another_network_in_float32_passes_within_its_noise(tmp_path: Path) -> None:
    report = judged(another_network(str), tmp_path, 1e-2)
    assert report.gradient == Verdict.PASS
    assert report.target is not None
    assert report.target.conformance is not None
    assert report.target.conformance.verdict == Verdict.FAIL


OVERFLOWING: dict[str, Any] = {
    "lstm__init_scale": 40.0,
    "lstm__activations": "{gate: relu, candidate: identity, output: identity}",
    "sequence__length": 60,
}


def test_a_network_that_overflows_conforms_to_nothing_and_accuses_nobody(tmp_path: Path) -> None:
    unbounded = (
        correct("plain").replace("np.tanh(", "(").replace("(1 - g**2)", "1").replace("(1 - tanh_c**2)", "1")
    )
    relu = unbounded.replace("1 / (1 + np.exp(-z))", "np.maximum(z, 0)").replace("* i * (1 - i)", "* (i > 0)")
    report = checked(tmp_path, relu, check__entries=1, check__blocks="[U, h0]", **OVERFLOWING)
    assert report.count("failed") == 0
    assert report.gradient == Verdict.INCONCLUSIVE
    assert report.target is not None
    assert report.target.conformance is not None
    assert report.target.conformance.verdict == Verdict.INCONCLUSIVE
    assert '"max_error": null' in b"".join(FORMATS["json"].export(RunContent([report]))).decode()


def test_a_broken_target_without_a_bias_is_no_bug_of_ours(tmp_path: Path) -> None:
    """Conventions that add to a bias are no hint for a network that has none."""
    with pytest.raises(LstmcheckError, match="forward raised ValueError"):
        checked(
            tmp_path, "def forward(*a):\n    raise ValueError\ndef backward(*a):\n    pass", lstm__bias="none"
        )


@pytest.mark.parametrize("bias", ["none", "two"])
def test_a_target_of_one_bias_is_no_bug_of_ours_where_there_are_others(bias: str, tmp_path: Path) -> None:
    """In a process of its own, where what goes wrong with us is not taken for a fault of its."""
    with pytest.raises(LstmcheckError, match=r"mine\.py:\d+: forward raised KeyError: 'b'"):
        checked_apart(tmp_path, correct("plain"), lstm__bias=bias)


def test_a_fault_of_ours_in_looking_for_a_hint_hides_none_of_the_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> bool:
        raise RuntimeError("ours")

    monkeypatch.setattr("lstmcheck.targets.other_conventions._runs", broken)
    with pytest.raises(LstmcheckError, match="forward raised ValueError"):
        checked(tmp_path, "def forward(*a):\n    raise ValueError\ndef backward(*a):\n    pass")


GROWING: dict[str, Any] = {
    "lstm__forget_bias": 20.0,
    "lstm__activations__gate": "relu",
    "sequence__length": 40,
    "check__entries": 4,
    "check__blocks": "[U, h0]",
}
"""Its cells grow to 1e52: more than float32 holds, less than float64 does; tanh keeps the outputs finite."""


def with_relu_gates(dtype: str) -> str:
    source = correct("plain").replace("return 1 / (1 + np.exp(-z))", "return np.maximum(z, 0)")
    for gate in "ifo":
        source = source.replace(f"{gate} * (1 - {gate})", f"({gate} > 0)")
    return f"""{source}
wide = forward
def forward(params, x, h0, c0):
    x, h0, c0 = (a.astype("{dtype}") for a in (x, h0, c0))
    return wide({{name: a.astype("{dtype}") for name, a in params.items()}}, x, h0, c0)
"""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_overflows_in_the_numbers_of_the_target_accuses_nobody(dtype: str, tmp_path: Path) -> None:
    with np.errstate(all="ignore"):
        report = checked(tmp_path, with_relu_gates(dtype), **GROWING)
    assert not [gate.where for gate in report.blocks if gate.failed]
    if dtype == "float32":
        assert report.gradient == Verdict.INCONCLUSIVE
        assert str(report.overflow).startswith("c of step")


def test_a_gradient_that_is_not_finite_fails_where_numbers_of_the_target_suffice(tmp_path: Path) -> None:
    source = f"""{with_relu_gates("float64")}
right = backward
def backward(d_y, d_h, d_c, cache):
    return right(d_y, d_h, d_c, cache) | {{"h0": np.full_like(d_h, np.nan)}}
"""
    report = checked(tmp_path, source, **GROWING)
    assert [gate.info.name for gate in report.blocks if gate.failed] == ["h0"]
