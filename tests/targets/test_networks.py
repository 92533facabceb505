"""Targets with layers, both directions and lengths: right ones pass, wrong ones fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from network_targets import NETWORK, QUICK, SIZES, changed
from planted_networks import SOURCES, planted
from target_checks import checked, checked_apart, configured, functions

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run.diagnosis import sentences
from lstmcheck.sweep.shrink import shrink


def test_a_right_network_passes_everything(tmp_path: Path) -> None:
    report = checked(tmp_path, NETWORK, **SIZES)
    assert report.target is not None
    assert report.target.conformance is not None
    assert set(report.answers.values()) == {Verdict.PASS}
    assert {gate.info.name for gate in report.blocks} >= {"W_l0", "U_l1_reverse", "b_l1", "x", "h0", "c0"}
    assert report.not_covered == ()


def test_a_right_network_with_a_loss_of_its_own_passes(tmp_path: Path) -> None:
    report = checked(tmp_path, SOURCES["loss"], "loss", check__blocks="[b, h0]", **QUICK)
    assert report.verdict == Verdict.PASS


def test_a_network_is_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    here, there = (
        run(tmp_path, NETWORK, check__blocks="[U, h0]", **QUICK) for run in (checked, checked_apart)
    )
    assert there.verdict == Verdict.PASS
    for name, array in here.values.analytic.items():
        assert array.tobytes() == there.values.analytic[name].tobytes()


def test_a_mistake_in_some_cells_is_named_with_them(tmp_path: Path) -> None:
    wrong = changed(
        ("d_c = np.where(inside[t], d_c_t * f,", "d_c = np.where(inside[t], d_c_t * f ** (W.shape[1] < 4),")
    )
    report = checked(tmp_path, wrong, explain=True, check__blocks="[b, c0]", **QUICK)
    assert report.gradient == Verdict.FAIL
    told = "\n".join(sentences(report))
    assert "Diagnosis: cell-carry-without-forget: in layer 1, d_c goes back without the forget gate." in told


@pytest.mark.parametrize("key", ["lstm__num_layers", "lstm__bidirectional", "sequence__lengths"])
def test_what_a_protocol_has_no_place_for_is_told_with_those_that_have(key: str, tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"protocol karpathy .*or use protocol plain, loss, .*gradients"):
        checked(tmp_path, "", "karpathy", **{"sequence__batch": 3, key: SIZES[key]})


STATES, RETURN = "return x, np.stack(h_T), ", 'return found | {"x": d_y, "h0": d_h0, '
FAULTS = {
    "states of the last layer": (
        (STATES, "return x, np.stack(h_T)[-2:], "),
        r"forward returned h_T of shape \(2, 3, 2\); wanted \(4, 3, 2\) \(cells, .* It has 2 of 4 cells",
    ),
    "the state of one cell": (
        (STATES, "return x, h_T[-1], "),
        r"forward returned h_T of shape \(3, 2\); wanted \(4, 3, 2\) .* It lacks the first axis, of length 4",
    ),
    "one direction": (
        (STATES, "return x[..., :2], np.stack(h_T), "),
        r"forward returned y of shape \(3, 3, 2\); wanted \(3, 3, 4\) \(T, B, 2 P\)\. It has one direction",
    ),
    "no lengths": (
        ("def forward(params, x, h0, c0, lengths)", "def forward(params, x, h0, c0)"),
        r"forward raised TypeError: .* it is given lengths=, unless sequence\.lengths is null",
    ),
    "a gradient without its cell": (
        (RETURN, 'return found | {"W": d_y, "h0": d_h0, '),
        r"backward returned 'W', which is not known here\. A network's arrays are .*'W_l0'",
    ),
    "the gradient of one cell's state": (
        (RETURN, 'return found | {"x": d_y, "h0": d_h0[0], '),
        r"backward returned h0 of shape \(3, 2\); wanted \(4, 3, 2\)",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_network_is_told(fault: str, tmp_path: Path) -> None:
    replacement, message = FAULTS[fault]
    with pytest.raises(LstmcheckError, match=rf"mine\.py:\d+: {message}"):
        checked(tmp_path, changed(replacement), **QUICK)


def test_what_is_missing_of_the_upper_layers_is_not_passed(tmp_path: Path) -> None:
    kept = 'found = {name: d for name, d in found.items() if name[:4] != "b_l1"}'
    text = changed((RETURN, f"{kept}\n    {RETURN}"))
    report = checked(tmp_path, text, explain=True, check__blocks="[b, c0]", **QUICK)
    assert (report.gradient, report.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert report.coverage.missing == ("b_l1", "b_l1_reverse")
    assert report.target is not None
    assert "upper-layer-bias-zero" in report.target.hidden


def test_lengths_that_are_changed_are_careless(tmp_path: Path) -> None:
    report = checked(
        tmp_path, changed((STATES, f"lengths[0] = 1\n    {STATES}")), check__blocks="[b]", **QUICK
    )
    assert report.target is not None
    assert report.target.purity is not None
    assert report.target.purity.warnings == ("forward changes its argument lengths",)


def test_one_wrong_entry_of_one_cell_is_found_among_whole_gates(tmp_path: Path) -> None:
    settings = SIZES | {"lstm__hidden_size": 6, "check__method": "directions", "check__blocks": "[U]"}
    spoilt = 'found["U_l1_reverse"][8, 3] += 1e-4 * np.abs(found["U_l1_reverse"][6:12]).max()'
    right, wrong = (
        checked(tmp_path, text, **settings)
        for text in (NETWORK, changed((RETURN, f"{spoilt}\n    {RETURN}")))
    )
    assert right.verdict == Verdict.PASS
    assert right.method.directions >= 4
    assert [(gate.label, gate.where) for gate in wrong.blocks if gate.verdict == Verdict.FAIL] == [
        ("U_l1_reverse_f", "U_f[2,3]")
    ]


def test_the_smallest_network_that_fails_has_what_the_mistake_needs(tmp_path: Path) -> None:
    text = planted("plain", "upper bias")
    short: dict[str, Any] = {"sequence__length": 2, "sequence__batch": 1, "sequence__lengths": "[2]"}
    config = configured(tmp_path, text, check__blocks="[b]", target__behaviour="[]", **QUICK | short)
    parts = functions(tmp_path / "mine.py", "plain")

    def fails(smaller: Config) -> bool:
        try:
            return check(smaller, functions=parts, explain=False).gradient == Verdict.FAIL
        except LstmcheckError:  # of a single cell, whose arrays have other names
            return False

    smallest = shrink(config, fails)
    assert (smallest.lstm.num_layers, smallest.lstm.bidirectional) == (2, False)
    assert (smallest.lstm.hidden_size, smallest.sequence.length) == (1, 1)


@pytest.mark.parametrize("name", ["h0", "c0"])
def test_a_state_of_a_cell_that_matters_little_is_judged_beside_its_own(name: str, tmp_path: Path) -> None:
    spoilt = f"d_{name}[1, 2] *= 1.0001\n    {RETURN}"
    settings = SIZES | {"lstm__init_scale": 1e-2, "loss__on": "[outputs]", "check__blocks": f"[{name}]"}
    right, wrong = (checked(tmp_path, text, **settings) for text in (NETWORK, changed((RETURN, spoilt))))
    assert right.gradient == Verdict.PASS
    assert wrong.gradient == Verdict.FAIL
    largest, own = (np.abs(right.values.analytic[name][k]).max() for k in (3, 1))
    assert 1e-4 * own < 1e-6 * largest
