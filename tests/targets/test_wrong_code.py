"""Wrong code with several mistakes: named in full, in part or located, and never by another's name.

`tests/benchmarks/trial_names.py` does the same for the whole corpus.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from more_wrong_styles import MORE_STYLES
from target_checks import checked
from wrong_code import CORPUS, WrongCode
from wrong_styles import IN_OTHER_STYLES

from lstmcheck.judge.results import Report
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.mistakes.mistake import compose
from lstmcheck.report.run.diagnosis import sentences

NAMED = (
    "like hanbt/learn_dl: W and U of the last step",
    "like kevin-bruhwiler: six",
    "like jiexunsee: four",
    "loss: cell-carry-dropped, recurrent-weights-use-new-hidden",
)
MOST_LINES = 12


def _code(name: str) -> WrongCode:
    return next(code for code in CORPUS if str(code) == name)


def _report(folder: Path, code: WrongCode) -> Report:
    return checked(folder, code.source, code.protocol, explain=True)


@pytest.mark.parametrize("name", NAMED)
def test_every_one_of_several_mistakes_is_named(tmp_path: Path, name: str) -> None:
    code = _code(name)
    report = _report(tmp_path, code)
    diagnosis = report.diagnosis
    assert diagnosis is not None
    assert len(list(sentences(report))) <= MOST_LINES
    assert code.known in [{suspect.mistake, *suspect.partners} for suspect in diagnosis.suspects]
    assert all(suspect.residual < 1e-8 for suspect in diagnosis.suspects)


def test_what_is_named_in_part_has_the_numbers_of_what_it_is_named(tmp_path: Path) -> None:
    code = WrongCode("plain", ("~weights-of-a-neighbour", "cell-carry-dropped"))
    report = _report(tmp_path, code)
    assert report.diagnosis is not None
    assert report.diagnosis.suspects == ()
    partial = report.diagnosis.partial
    assert partial is not None
    assert (partial.mistake, partial.partners, partial.partial) == ("cell-carry-dropped", (), True)
    made = report.case.gradients(compose([CATALOGUE[partial.mistake]]))
    for array in ("U_l0", "b_l0", "h0"):
        assert any(each.startswith(array) for each in partial.explains)
        found = report.values.analytic[array]
        assert np.abs(found - made[array]).max() <= 1e-8 * np.abs(made[array]).max()
    assert report.diagnosis.unexplained == ("W_l0",)


def test_a_wrong_term_is_told_with_its_numbers_of_one_step(tmp_path: Path) -> None:
    report = _report(tmp_path, WrongCode("plain", ("~candidate-wrong",)))
    assert report.diagnosis is not None
    asked = report.diagnosis.asked
    assert asked is not None
    assert asked.question == "one step of one sequence, d_c alone"
    assert [term.name for term in asked.wrong] == ["d_z_g"]
    assert {"d_z_i", "d_z_f", "d_W_g", "d_x"} <= set(asked.right)
    g = np.tanh(_pre_activation_of_g(report))
    (term,) = asked.wrong
    assert term.analytic is not None
    assert term.right is not None
    # (1 − g) stands in the place of (1 − g²) = (1 − g)(1 + g).
    assert term.right / term.analytic == pytest.approx(1 + g[term.index], rel=1e-9)


def _pre_activation_of_g(report: Report) -> np.ndarray:
    arrays = report.case.arrays
    x, h = arrays["x"][0, 0], arrays["h0"][0, 0]
    z: np.ndarray = arrays["W_l0"][2] @ x + arrays["U_l0"][2] @ h + arrays["b_l0"][2]
    return z


def test_what_the_catalogue_lacks_has_no_name(tmp_path: Path) -> None:
    diagnosis = _report(tmp_path, WrongCode("plain", ("~forget-squared",))).diagnosis
    assert diagnosis is not None
    assert diagnosis.suspects == ()
    assert diagnosis.partial is None
    assert diagnosis.asked is not None


IN_STYLES = (
    "W_f gets i's, b_o gets g's",
    "weight decay",
    "the carries of one sequence go on into the next",
    "the gates' gradients clipped at 0.1",
    "U_o with the new h, b_f never summed",
)


@pytest.mark.parametrize("told", IN_STYLES)
def test_mistakes_in_other_styles_are_named(told: str, tmp_path: Path) -> None:
    code = next(code for code in (*IN_OTHER_STYLES, *MORE_STYLES) if code.told == told)
    diagnosis = checked(tmp_path, code.source, explain=True).diagnosis
    assert diagnosis is not None
    assert [{suspect.mistake, *suspect.partners} for suspect in diagnosis.suspects] == [code.known]


def test_a_mistake_in_one_gate_is_told_with_the_gate(tmp_path: Path) -> None:
    report = checked(tmp_path, WrongCode("plain", ("~bias-of-o-overwritten",)).source, explain=True)
    assert report.diagnosis is not None
    (suspect,) = report.diagnosis.suspects
    assert suspect.title == "in gate o of b_l0, the bias's gradient is overwritten at every step"


def test_what_explains_little_of_all_that_it_makes_wrong_is_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun one step late, the last step has no d_y: as if there was none at all."""
    few = [CATALOGUE[name] for name in ("output-gradient-ignored", "bias-batch-mean")]
    monkeypatch.setattr("lstmcheck.mistakes.diagnosis.diagnosis.applicable", lambda config: few)
    code = next(code for code in MORE_STYLES if code.told == "d_y one step late")
    diagnosis = checked(tmp_path, code.source, explain=True).diagnosis
    assert diagnosis is not None
    assert (diagnosis.suspects, diagnosis.partial) == ((), None)


def test_a_wrong_d_c_is_told_as_one_term_and_not_as_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A short search is enough: no name is wanted.
    monkeypatch.setattr("lstmcheck.mistakes.diagnosis.diagnosis.SETS_WORK", 10**8)
    code = next(code for code in IN_OTHER_STYLES if code.told == "the square outside the difference")
    report = checked(tmp_path, code.source, explain=True)
    assert report.diagnosis is not None
    asked = report.diagnosis.asked
    assert asked is not None
    assert [term.name for term in asked.wrong] == ["d_c"]
    told = next(line for line in sentences(report) if line.startswith("Asked about"))
    assert "wrong are d_c = d_m ∘ o ∘ output'(c_t) + d_c from step t+1 (at [" in told
    assert "Right there: d_z_o, d_W, d_U, d_b, d_x, d_h of the step before" in told
