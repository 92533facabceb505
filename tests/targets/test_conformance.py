"""Consistent targets of another convention: the gradient passes, the conformance says what they are."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from nonconforming_targets import Variant, source
from planted_targets import correct
from target_checks import checked

from lstmcheck.conventions.table import CONVENTIONS
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.judge.target_answers import Conformance
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run.answers import sentences
from lstmcheck.targets import forward_search
from lstmcheck.tolerances.forward_passes import HYPOTHESIS_OVERHEAD

ORDERS = [order for order in map("".join, permutations("ifgo")) if order != "ifgo"]
SOME_ORDERS = ["igfo", "iofg", "ifog", "figo", "gifo", "ogfi", "fgio", "oifg", "goif", "ofig", "gofi", "iogf"]
QUICK: dict[str, Any] = {"check__entries": 1, "check__blocks": "[U, h0]"}


def conformance(report: Report) -> Conformance:
    assert report.target is not None
    assert report.target.conformance is not None
    return report.target.conformance


@pytest.mark.parametrize("order", SOME_ORDERS)
def test_another_gate_order_passes_the_gradient_and_is_named(order: str, tmp_path: Path) -> None:
    report = checked(tmp_path, source(gates=order), **QUICK)
    found = conformance(report)
    assert (report.gradient, found.verdict, report.verdict) == (Verdict.PASS, Verdict.FAIL, Verdict.FAIL)
    assert [match.convention.gates for match in found.matches] == [order]
    assert found.matches[0].changes == (f"the gates are {' '.join(order)}",)
    same = [n for n, c in CONVENTIONS.items() if c.gates == order and c.weights == "rows"]
    assert set(found.matches[0].names) <= set(same)


VARIANTS: dict[Variant, str] = {
    "no-output-tanh": "there is no output tanh",
    "coupled": "the gates are coupled: f = 1 - i",
    "hard-sigmoid": "the gates' activation is hard_sigmoid",
    "states-swapped": "h_T and c_T are returned in each other's place",
    "time-reversed": "time runs backwards",
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_another_network_is_named(variant: Variant, tmp_path: Path) -> None:
    report = checked(tmp_path, source(variant=variant), **QUICK)
    found = conformance(report)
    assert (report.gradient, found.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert VARIANTS[variant] in [change for match in found.matches for change in match.changes]
    assert all(len(match.changes) == 1 for match in found.matches)


def test_initial_states_that_are_not_read_are_two_changes(tmp_path: Path) -> None:
    report = checked(tmp_path, source(variant="initial-state-ignored"), **QUICK)
    found = conformance(report)
    assert report.gradient == Verdict.PASS
    assert ("h0 is not read", "c0 is not read") in [match.changes for match in found.matches]


def test_peepholes_that_are_not_there(tmp_path: Path) -> None:
    report = checked(tmp_path, source(variant="peepholes-ignored"), lstm__peephole="true", **QUICK)
    assert report.gradient == Verdict.PASS
    assert [match.changes for match in conformance(report).matches] == [("the peepholes are not there",)]


@pytest.mark.parametrize("offset", [1.0, -1.0])
def test_a_bias_that_is_added_at_run_time(offset: float, tmp_path: Path) -> None:
    report = checked(tmp_path, source(forget_offset=offset), **QUICK)
    assert report.gradient == Verdict.PASS
    assert conformance(report).matches[0].convention.forget_offset == offset


def test_two_departures_at_once(tmp_path: Path) -> None:
    report = checked(tmp_path, source(gates="igfo", variant="no-output-tanh"), **QUICK)
    assert report.gradient == Verdict.PASS
    assert [match.changes for match in conformance(report).matches] == [
        ("the gates are i g f o", "there is no output tanh")
    ]


def test_the_order_of_a_joined_matrix(tmp_path: Path) -> None:
    report = checked(
        tmp_path, source(joined="hx"), target__convention="{gates: ifgo, weights: rows, joined: xh}", **QUICK
    )
    assert report.gradient == Verdict.PASS
    assert [match.changes for match in conformance(report).matches] == [("W is over [h, x]",)]


@pytest.mark.parametrize("weights", ["rows", "columns"])
@pytest.mark.parametrize("joined", ["none", "xh", "hx"])
@pytest.mark.parametrize("order", ["ifgo", "igfo"])
def test_a_declared_convention_conforms(weights: str, joined: str, order: str, tmp_path: Path) -> None:
    declared = f"{{gates: {order}, weights: {weights}, joined: {joined}}}"
    text = source(gates=order, weights=weights, joined=joined)  # type: ignore[arg-type]
    report = checked(tmp_path, text, target__convention=declared, **QUICK)
    assert report.verdict == Verdict.PASS


def test_what_is_no_known_variant_is_told_so(tmp_path: Path) -> None:
    strange = source().replace("gate(z_i)", "gate(z_i) * 0.9")
    assert strange != source()
    found = conformance(checked(tmp_path, strange, **QUICK))
    assert (found.verdict, found.matches) == (Verdict.FAIL, ())
    assert found.where is not None
    assert found.where.startswith("y[0, 0, 0] is ")


def test_arrays_of_the_wrong_layout_are_told_which_would_do(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"mine\.py:\d+: forward raised .* As keras it runs"):
        checked(tmp_path, source(weights="columns"), **QUICK)


def test_a_target_that_cannot_take_the_probes_sizes_keeps_its_verdicts(tmp_path: Path) -> None:
    fixed = source(gates="igfo").replace("    h, c = ", "    assert x.shape[1] == 3\n    h, c = ")
    assert fixed != source(gates="igfo")
    report = checked(tmp_path, fixed, sequence__batch=3, **QUICK)
    found = conformance(report)
    assert (report.gradient, found.verdict, found.matches) == (Verdict.PASS, Verdict.FAIL, ())
    assert found.note == "it cannot be run at T=3, B=2: no explanation was looked for"
    assert f"No explanation: {found.note}." in "\n".join(sentences(report))


def test_a_search_that_is_cut_short_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward_search, "HYPOTHESES_WORK", 40 * HYPOTHESIS_OVERHEAD)
    found = conformance(checked(tmp_path, source(gates="igfo", variant="no-output-tanh"), **QUICK))
    assert found.matches == ()
    assert found.note is not None
    assert found.note.startswith("of changes 1 at a time only ")


def test_more_digits_than_ours_are_no_want_of_conformance(tmp_path: Path) -> None:
    wide = "right = forward\ndef forward(*a):\n    y, h, c, cache = right(*a)\n"
    wide += "    return y.astype(np.longdouble), h, c, cache\n"
    report = checked(tmp_path, correct("plain") + wide)
    assert report.target is not None
    assert report.target.conformance is not None
    assert report.target.conformance.verdict == Verdict.PASS
