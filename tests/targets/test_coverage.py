"""What was asked for and did not come back is told; what has no place in a protocol is not asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planted_targets import correct
from target_checks import SEPARATE, checked, in_separate_arrays

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report

QUICK: dict[str, Any] = {"check__entries": 1}


def returning(change: str) -> str:
    """The right plain implementation, whose gradients g are changed before they are returned."""
    return f"{correct('plain')}\nright = backward\ndef backward(d_y, d_h, d_c, cache):\n" + (
        f"    g = right(d_y, d_h, d_c, cache)\n    {change}\n    return g\n"
    )


ONLY_X = returning("g = {'x': g['x']}")
WITHOUT_SOME_GATES = in_separate_arrays(correct("plain"), without=["W_g", "b_i", "b_o"])


def verdicts(report: Report) -> tuple[str, str, str]:
    return report.verdict, report.gradient, report.coverage.verdict


def test_a_backward_pass_that_returns_x_alone_does_not_pass(tmp_path: Path) -> None:
    report = checked(tmp_path, ONLY_X, **QUICK)
    assert verdicts(report) == ("inconclusive", "pass", "inconclusive")
    assert report.coverage.missing == ("W_l0", "U_l0", "b_l0", "h0", "c0")
    assert report.coverage.covered == ("x",)


def test_what_was_asked_for_by_name_and_came_back_is_enough(tmp_path: Path) -> None:
    report = checked(tmp_path, ONLY_X, check__blocks="[x]", **QUICK)
    assert verdicts(report) == ("pass", "pass", "pass")
    assert report.coverage.not_asked == ("W_l0", "U_l0", "b_l0", "h0", "c0")


def test_blocks_that_are_named_are_insisted_on(tmp_path: Path) -> None:
    report = checked(tmp_path, returning("del g['U'], g['b']"), check__blocks="[W, U, x]", **QUICK)
    assert report.verdict == "inconclusive"
    assert report.coverage.missing == ("U_l0",)
    assert report.coverage.whole == ("W", "x")


def test_what_has_no_place_in_the_protocol_is_asked_by_name_only(tmp_path: Path) -> None:
    source = correct("cs231n-sequence")
    assert verdicts(checked(tmp_path, source, "cs231n-sequence", **QUICK)) == ("pass", "pass", "pass")
    named = checked(tmp_path, source, "cs231n-sequence", check__blocks="[W, c0]", **QUICK)
    assert verdicts(named) == ("inconclusive", "pass", "inconclusive")
    assert named.coverage.missing == ("c0",)
    with pytest.raises(LstmcheckError, match="no entry was checked"):
        checked(tmp_path, source, "cs231n-sequence", check__blocks="[c0]", **QUICK)


def test_gates_that_did_not_come_back_are_missing(tmp_path: Path) -> None:
    report = checked(tmp_path, WITHOUT_SOME_GATES, target__convention=SEPARATE, **QUICK)
    assert report.verdict == "inconclusive"
    assert report.coverage.missing == ("W_l0_g", "b_l0_i", "b_l0_o")
    assert {"W_l0", "b_l0"} <= set(report.coverage.covered)
    assert report.coverage.whole == ("U", "x", "h0", "c0")


def test_a_gate_of_a_block_that_is_not_asked_for_is_not_missing(tmp_path: Path) -> None:
    settings = {"target__convention": SEPARATE, "check__blocks": "[U, x]", **QUICK}
    assert checked(tmp_path, WITHOUT_SOME_GATES, **settings).verdict == "pass"


def test_a_step_that_could_return_x_is_asked_for_it(tmp_path: Path) -> None:
    source = correct("course-cell") + (
        "\nright = lstm_cell_backward\ndef lstm_cell_backward(da_next, dc_next, cache):\n"
        "    g = right(da_next, dc_next, cache); del g['dxt'], g['dWc']; return g\n"
    )
    report = checked(tmp_path, source, "course-cell", **QUICK)
    assert report.verdict == "inconclusive"
    assert report.coverage.missing == ("W_l0_g", "U_l0_g", "x")


def test_the_bias_of_a_module_that_has_two_means_both(tmp_path: Path) -> None:
    report = checked(tmp_path, correct("torch"), "torch", check__blocks="[b, x]", **QUICK)
    assert report.verdict == "pass"
    assert report.coverage.covered == ("b_ih_l0", "b_hh_l0", "x")


def test_a_wrong_gradient_fails_whatever_is_missing(tmp_path: Path) -> None:
    report = checked(tmp_path, returning("del g['U']; g['x'] *= 2"), **QUICK)
    assert verdicts(report) == ("fail", "fail", "inconclusive")
