"""Targets with layers, both directions and lengths: right ones pass, wrong ones fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from network_targets import NETWORK, QUICK, SIZES, changed
from target_checks import checked, checked_apart

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run.diagnosis import sentences


def test_a_right_network_passes_everything(tmp_path: Path) -> None:
    report = checked(tmp_path, NETWORK, **SIZES)
    assert report.target is not None
    assert report.target.conformance is not None
    assert set(report.answers.values()) == {Verdict.PASS}
    assert {gate.info.name for gate in report.blocks} >= {"W_l0", "U_l1_reverse", "b_l1", "x", "h0", "c0"}
    assert report.not_covered == ()


def test_a_network_is_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    here, there = (run(tmp_path, NETWORK, **QUICK) for run in (checked, checked_apart))
    assert there.verdict == Verdict.PASS
    for name, array in here.values.analytic.items():
        assert array.tobytes() == there.values.analytic[name].tobytes()


def test_a_mistake_in_some_cells_is_named_with_them(tmp_path: Path) -> None:
    wrong = changed(
        ("d_c = np.where(inside[t], d_c_t * f,", "d_c = np.where(inside[t], d_c_t * f ** (W.shape[1] < 4),")
    )
    report = checked(tmp_path, wrong, explain=True, check__reference="complex", **QUICK)
    assert report.gradient == Verdict.FAIL
    told = "\n".join(sentences(report))
    assert "Diagnosis: cell-carry-without-forget: in layer 1, d_c goes back without the forget gate." in told


@pytest.mark.parametrize("key", ["lstm__num_layers", "lstm__bidirectional", "sequence__lengths"])
def test_what_a_protocol_has_no_place_for_is_told_with_those_that_have(key: str, tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"protocol karpathy .*or use protocol plain or loss"):
        checked(tmp_path, "", "karpathy", **{"sequence__batch": 3, key: SIZES[key]})
