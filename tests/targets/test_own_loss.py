"""What is wrong with a target that computes its loss: what that reads, and what it begins with."""

from __future__ import annotations

from pathlib import Path

from target_checks import checked
from wrong_code import FOLDER, WrongCode

from lstmcheck.judge.results import Report
from lstmcheck.report.run.diagnosis import sentences

SOURCE = (FOLDER / "loss.py").read_text()
FROM_ZERO = (("hs, cs, gates = [h0], [c0], []", "hs, cs, gates = [0 * h0], [0 * c0], []"),)
ZERO_GRADIENTS = (('"h0": d_h, "c0": d_c', '"h0": 0 * d_h, "c0": 0 * d_c'),)
MISTAKE = (("d_f * f * (1 - f)", "d_f * f"),)
ANOTHER_ORDER = (
    ("z_i, z_f, z_g, z_o = ", "z_i, z_g, z_f, z_o = "),
    (
        "d_z = np.hstack([d_i * i * (1 - i), d_f * f * (1 - f), d_g * (1 - g**2)",
        "d_z = np.hstack([d_i * i * (1 - i), d_g * (1 - g**2), d_f * f",
    ),
)


def report_of(folder: Path, *replacements: tuple[str, str]) -> Report:
    text = SOURCE
    for right, wrong in replacements:
        assert right in text, right
        text = text.replace(right, wrong)
    return checked(folder, text, "loss", explain=True)


def test_a_right_backward_pass_of_another_loss_is_told_by_the_factor(tmp_path: Path) -> None:
    report = checked(tmp_path, WrongCode("loss", ("loss-gradient-wrong",)).source, "loss", explain=True)
    assert report.diagnosis is not None
    (suspect,) = report.diagnosis.suspects
    assert suspect.mistake == "loss-gradient-wrong"
    # Of the last step y and h_T are the same numbers, and only what is begun with for y is too large.
    assert suspect.formulas[0][0] == "4 times d_y of steps 0 1 2; another d_y of step 3"


def test_a_wrong_gradient_of_the_last_output_is_not_called_one_of_the_last_state(tmp_path: Path) -> None:
    report = report_of(tmp_path, ("d_y = error / error.size", "d_y = error / error.size; d_y[-1] *= 3"))
    assert report.diagnosis is not None
    (suspect,) = report.diagnosis.suspects
    assert (suspect.mistake, suspect.formulas[0][0]) == ("loss-gradient-wrong", "another d_y of step 3")


def test_states_that_are_not_read_are_told_and_a_mistake_is_named_beside_them(tmp_path: Path) -> None:
    report = report_of(tmp_path, *FROM_ZERO, *ZERO_GRADIENTS, *MISTAKE)
    assert report.diagnosis is not None
    assert [suspect.mistake for suspect in report.diagnosis.suspects] == ["sigmoid-instead-of-derivative-f"]
    assert report.diagnosis.note == "its loss does not depend on h0 and c0"
    assert list(sentences(report))[-1] == "  Besides, its loss does not depend on h0 and c0."


def test_a_right_one_that_begins_with_zero_states_passes(tmp_path: Path) -> None:
    assert report_of(tmp_path, *FROM_ZERO, *ZERO_GRADIENTS).gradient == "pass"


def test_gradients_of_states_that_are_not_read_are_told_as_such(tmp_path: Path) -> None:
    report = report_of(tmp_path, *FROM_ZERO)
    assert report.gradient == "fail"
    assert report.diagnosis is not None
    assert report.diagnosis.suspects == ()
    (told,) = sentences(report)
    assert told == "Diagnosis: none was looked for; its loss does not depend on h0 and c0; all else is right."


def test_another_order_of_gates_is_no_lstm_as_declared_whatever_the_loss(tmp_path: Path) -> None:
    report = report_of(tmp_path, *ANOTHER_ORDER)
    assert report.diagnosis is not None
    assert report.diagnosis.note is not None
    assert report.diagnosis.note.startswith(
        "no LSTM as declared has the measured gradients, whatever its loss"
    )
