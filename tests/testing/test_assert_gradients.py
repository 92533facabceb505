"""`assert_gradients` inside somebody's test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lstmcheck.api import check
from lstmcheck.config.config import Config
from lstmcheck.config.sections import LstmConfig
from lstmcheck.config.target_section import TargetConfig
from lstmcheck.errors import LstmcheckError
from lstmcheck.testing import assert_gradients

EXAMPLES = Path(__file__).parents[2] / "configs" / "targets"
SIZES: dict[str, Any] = {"hidden_size": 4, "input_size": 3, "length": 3, "batch": 2}
Functions = tuple[Callable[..., Any], Callable[..., Any]]


def functions(name: str, forward: str = "forward", backward: str = "backward") -> Functions:
    module = ModuleType(name)
    path = EXAMPLES / f"{name}.py"
    exec(compile(path.read_text(), path, "exec"), vars(module))
    return getattr(module, forward), getattr(module, backward)


def test_a_right_backward_pass_passes() -> None:
    report = assert_gradients(*functions("plain"), **SIZES)
    assert report.verdict == "pass"
    assert set(report.covered) == {"W_l0", "U_l0", "b_l0", "x", "h0", "c0"}


def test_a_wrong_one_fails_with_the_name_of_its_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ModuleType("plain")
    exec((EXAMPLES / "plain.py").read_text(), vars(right))
    monkeypatch.setitem(sys.modules, "plain", right)  # it imports the right one
    with pytest.raises(AssertionError) as caught:
        assert_gradients(*functions("plain_wrong"), **SIZES)
    told = str(caught.value)
    assert "Diagnosis: cell-carry-without-forget" in told
    assert "fail: W_l0_f: " in told
    assert "Conformance: pass" in told


def test_one_step_and_no_name_is_an_assertion_too() -> None:
    forward, backward = functions("plain")

    def wrong(*arguments: Any) -> dict[str, Any]:
        return {name: found * (1 + np.sin(found)) for name, found in backward(*arguments).items()}

    with pytest.raises(AssertionError, match="no known mistake"):
        assert_gradients(forward, wrong, **SIZES | {"length": 1})


def test_another_protocol() -> None:
    step = functions("cs231n_step", "lstm_step_forward", "lstm_step_backward")
    assert assert_gradients(*step, protocol="cs231n-step", **SIZES).verdict == "pass"


def test_a_loss_has_one_function() -> None:
    loss, _ = functions("loss", "loss_and_grads", "loss_and_grads")
    assert assert_gradients(loss, protocol="loss", **SIZES).verdict == "pass"


def test_a_network_of_ones_own_may_leave_out_the_conformance() -> None:
    forward, backward = functions("plain")
    with pytest.raises(AssertionError, match="the gates are i f g o"):
        assert_gradients(forward, backward, convention={"gates": "igfo", "weights": "rows"}, **SIZES)
    declared = {"gates": "igfo", "weights": "rows"}
    report = assert_gradients(forward, backward, convention=declared, conformance=False, **SIZES)
    assert report.gradient == "pass"


def test_functions_that_cannot_be_run_are_an_error_of_their_own() -> None:
    with pytest.raises(LstmcheckError, match="raised TypeError"):
        assert_gradients(lambda x: x, lambda y: y, **SIZES)


def test_sections_of_a_configuration_can_be_given() -> None:
    report = assert_gradients(*functions("plain"), loss={"on": ["hidden"]}, check={"blocks": ["U"]}, **SIZES)
    assert report.covered == ("U_l0",)


def test_importing_it_imports_no_numpy() -> None:
    code = "import sys, lstmcheck.testing; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_does_not_come_back_is_no_pass_unless_less_was_asked_for() -> None:
    forward, right = functions("plain")

    def backward(*arguments: Any) -> Any:
        found = right(*arguments)
        return {"x": found["x"], "c0": found["c0"]}

    with pytest.raises(AssertionError) as caught:
        assert_gradients(forward, backward, **SIZES)
    assert "W_l0, U_l0, b_l0, h0 were asked for and did not come back. blocks=['x', 'c0']" in str(
        caught.value
    )
    assert assert_gradients(forward, backward, blocks=["x", "c0"], **SIZES).verdict == "pass"


def anything(*_: Any) -> None:
    """It is never called."""


class Lstm:
    """Two methods."""

    def forward(self) -> None: ...

    def backward(self) -> None: ...


HANDED_OVER: dict[str, tuple[list[Any], str]] = {
    "loss": ([anything, anything], r"calls loss_and_grads: wanted one function, got 2: anything, anything\."),
    "torch": ([anything, anything], "calls build: wanted one function, got 2"),
    "plain": (
        [anything],
        r"calls forward and backward: wanted 2 functions, got 1: .* one function: loss, torch",
    ),
    "karpathy": (
        [Lstm],
        r"the class Lstm is no function\. .*: made.forward and made.backward, where made is",
    ),
    "cs231n-step": (
        [3, 4],
        "calls lstm_step_forward and lstm_step_backward; an object of type int is no function",
    ),
}


@pytest.mark.parametrize("protocol", HANDED_OVER)
def test_other_functions_than_the_protocol_calls_are_refused(protocol: str) -> None:
    functions, told = HANDED_OVER[protocol]
    with pytest.raises(LstmcheckError, match=told):
        assert_gradients(*functions, protocol=protocol, **SIZES)


def test_check_wants_the_functions_of_the_protocol_too() -> None:
    config = Config(lstm=LstmConfig(input_size=3, hidden_size=4), target=TargetConfig(module="mine"))
    for functions in ([], [anything] * 3):
        with pytest.raises(LstmcheckError, match=f"wanted 2 functions, got {len(functions)}"):
            check(config, functions=functions)


WRONG_SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "size": ({"hidden_size": 0}, r"^lstm\.hidden_size: expected an integer of at least 1, got 0\.$"),
    "protocol": (
        {"protocol": "plane"},
        r"target\.protocol: expected plain, .* got 'plane'\. Did you mean 'plain'",
    ),
    "dtype": (
        {"dtype": "float8"},
        r"target\.dtype: expected float64, float32, float16 or bfloat16, got 'float8'",
    ),
    "unknown section": ({"losses": {}}, r"unknown key 'losses'\. Did you mean 'loss'"),
    "no section": ({"loss": 3}, "loss: expected keys such as kind, on, got 3"),
    "key": ({"loss": {"kin": 1}}, r"unknown key 'kin' in loss\. Did you mean 'kind'"),
    "in a list": ({"blocks": ["W", "q"]}, r"check\.blocks\[1\]: expected W, .* got 'q'"),
    "no data": ({"convention": object()}, r"target\.convention: expected .* got an object of type object"),
    "two at once": (
        {"rtol": 2.0, "batch": 0},
        r"sequence\.batch: .*\n.*check\.rtol: |check\.rtol: .*\n.*batch: ",
    ),
}


@pytest.mark.parametrize("wrong", WRONG_SETTINGS)
def test_a_wrong_setting_is_told_with_its_key_and_what_was_wanted(wrong: str) -> None:
    settings, told = WRONG_SETTINGS[wrong]
    with pytest.raises(LstmcheckError, match=told):
        assert_gradients(anything, anything, **SIZES | settings)
