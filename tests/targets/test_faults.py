"""Faults of a target end in a message with its own file and line, never in a traceback of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_targets import correct
from target_checks import checked, checked_apart, configured

from lstmcheck.api import check
from lstmcheck.config import parse
from lstmcheck.errors import LstmcheckError

PLAIN = correct("plain")
QUICK: dict[str, Any] = {"check__entries": 1}


def replaced_forward(body: str) -> str:
    return f"{PLAIN}\nright = forward\ndef forward(params, x, h0, c0):\n    {body}\n"


def replaced_backward(body: str) -> str:
    return f"{PLAIN}\nright = backward\ndef backward(d_y, d_h, d_c, cache):\n    {body}\n"


FAULTS = {
    "exception in forward": (
        replaced_forward("raise KeyError('weights')"),
        r"forward raised KeyError: 'weights'\. It was called with \{W: \(12, 2\)",
    ),
    "exception in backward": (replaced_backward("1 / 0"), r"backward raised ZeroDivisionError"),
    "sys.exit": (replaced_backward("raise SystemExit(0)"), r"backward ended the program: sys\.exit\(0\)"),
    "too few values": (
        replaced_forward("return right(params, x, h0, c0)[:3]"),
        r"forward returned 3 values; wanted 4: y, h_T, c_T, cache",
    ),
    "one value": (replaced_forward("return 0 * x"), r"forward returned an array; wanted 4"),
    "wrong shape of an output": (
        replaced_forward("y, h, c, k = right(params, x, h0, c0); return y[1:], h, c, k"),
        r"forward returned y of shape \(3, 2, 3\); wanted \(4, 2, 3\) \(T, B, P\)",
    ),
    "transposed gradient": (
        replaced_backward("g = right(d_y, d_h, d_c, cache); g['W'] = g['W'].T; return g"),
        r"backward returned W of shape \(2, 12\); wanted \(12, 2\)\. It is the transpose",
    ),
    "gradient of another shape": (
        replaced_backward("g = right(d_y, d_h, d_c, cache); g['b'] = g['b'][None]; return g"),
        r"backward returned b of shape \(1, 12\); wanted \(12,\)\. It differs by axes of length 1",
    ),
    "None for a gradient": (
        replaced_backward("g = right(d_y, d_h, d_c, cache); g['x'] = None; return g"),
        r"backward returned None for x; wanted an array \(4, 2, 2\)",
    ),
    "text for a gradient": (
        replaced_backward("g = right(d_y, d_h, d_c, cache); g['x'] = 'later'; return g"),
        r"backward returned a str for x",
    ),
    "no dict": (replaced_backward("return None"), r"backward returned None; wanted a dict of gradients"),
    "unknown name": (
        replaced_backward("g = right(d_y, d_h, d_c, cache); g['dW'] = g.pop('W'); return g"),
        r"backward returned 'dW', which is not known here\. Is it 'W'\?",
    ),
}
AT_IMPORT = {
    "import error": ("import no_such_library_at_all", r"importing it raised ModuleNotFoundError"),
    "syntax error": ("def forward(:\n    pass", r"importing it raised SyntaxError"),
    "exception at import": ("raise ValueError('not today')", r"importing it raised ValueError: not today"),
    "sys.exit at import": ("import sys; sys.exit(3)", r"importing it ended the program: sys\.exit\(3\)"),
    "input at import": ("input()", r"importing it raised EOFError"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_the_targets_file_and_line(fault: str, tmp_path: Path) -> None:
    source, message = FAULTS[fault]
    with pytest.raises(LstmcheckError) as caught:
        checked(tmp_path, source, **QUICK)
    assert re.search(rf"mine\.py:\d+: {message}", str(caught.value))


def test_the_line_is_that_of_the_fault(tmp_path: Path) -> None:
    source = replaced_forward("helper()") + "\ndef helper():\n    raise ValueError('deep')\n"
    line = source.splitlines().index("    raise ValueError('deep')") + 1
    with pytest.raises(LstmcheckError) as caught:
        checked(tmp_path, source, **QUICK)
    assert f"mine.py:{line}: forward raised ValueError: deep" in str(caught.value)
    assert f"{line} |     raise ValueError('deep')" in str(caught.value)


@pytest.mark.parametrize("value", ["np.nan", "np.inf"])
def test_a_gradient_that_is_not_finite_is_a_verdict_rather_than_a_fault(value: str, tmp_path: Path) -> None:
    source = replaced_backward(f"g = right(d_y, d_h, d_c, cache); g['U'][...] = {value}; return g")
    report = checked_apart(tmp_path, source, **QUICK)
    assert report.gradient == "fail"
    assert not np.isfinite(report.values.analytic["U_l0"]).all()


@pytest.mark.parametrize("fault", AT_IMPORT)
def test_a_fault_at_import_is_told_with_its_line(fault: str, tmp_path: Path) -> None:
    source, message = AT_IMPORT[fault]
    with pytest.raises(LstmcheckError, match=rf"mine\.py:\d+: {message}"):
        checked_apart(tmp_path, source)


def test_an_input_that_is_returned_is_judged_as_the_gradient_that_it_is(tmp_path: Path) -> None:
    source = replaced_backward("g = right(d_y, d_h, d_c, cache); g['h0'] = d_h; return g")
    report = checked(tmp_path, source, **QUICK)
    assert {gate.info.name for gate in report.blocks if gate.verdict == "fail"} == {"h0"}


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_an_endless_loop_is_stopped(where: str, tmp_path: Path) -> None:
    replaced = {"forward": replaced_forward, "backward": replaced_backward}[where]
    source = replaced(
        "\n    while True:\n        try:\n            x = 1\n        except Exception:\n            pass"
    )
    with pytest.raises(LstmcheckError, match=rf"mine\.py:\d+: {where} had not returned after 0\.3 s"):
        checked(tmp_path, source, target__timeout=0.3, **QUICK)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    config = configured(tmp_path, PLAIN)
    (tmp_path / "mine.py").unlink()
    with pytest.raises(LstmcheckError, match=r"target\.yaml:2:\d+: there is no file .*mine\.py"):
        check(config)


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    text = "lstm: {input_size: 2, hidden_size: 3}\ntarget: {module: no.such.module}\n"
    with pytest.raises(LstmcheckError, match=r"there is no module no\.such\.module"):
        check(parse(text, name=str(tmp_path / "target.yaml")))


def test_a_module_beside_the_configuration_is_found(tmp_path: Path) -> None:
    (tmp_path / "beside_the_configuration.py").write_text(PLAIN)
    text = "lstm: {input_size: 2, hidden_size: 3}\ncheck: {entries: 1}\n"
    text += "target: {module: beside_the_configuration}\n"
    assert check(parse(text, name=str(tmp_path / "target.yaml"))).verdict == "pass"


def test_a_function_that_is_not_there_is_told_the_near_ones(tmp_path: Path) -> None:
    source = PLAIN.replace("def forward(", "def forwards(")
    with pytest.raises(LstmcheckError, match=r"mine\.py: there is no forward.*Did you mean .*forwards"):
        checked_apart(tmp_path, source, **QUICK)
    assert checked_apart(tmp_path, source, target__forward="forwards", **QUICK).verdict == "pass"


def test_what_covers_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match="nothing is covered"):
        checked(tmp_path, replaced_backward("return {}"), **QUICK)


def test_a_loss_that_the_target_cannot_take_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match="nothing would be covered"):
        checked(tmp_path, correct("cs231n-sequence"), "cs231n-sequence", loss__on="[cell]")


def test_what_is_not_returned_is_not_covered(tmp_path: Path) -> None:
    source = replaced_backward("g = right(d_y, d_h, d_c, cache); del g['x'], g['U']; return g")
    report = checked(tmp_path, source, **QUICK)
    assert (report.gradient, report.verdict) == ("pass", "inconclusive")
    assert report.not_covered == ("U_l0", "x")
    assert "U_l0" not in report.covered


def test_prints_stay_out_of_the_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = checked(
        tmp_path, replaced_forward("print('shape', x.shape); return right(params, x, h0, c0)"), **QUICK
    )
    assert capsys.readouterr().out == ""
    assert report.target is not None
    assert any("its first line: shape (4, 2, 2)" in note for note in report.target.notes)
