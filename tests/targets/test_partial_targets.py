"""A target that returns some gradients only: what tells mistakes apart is looked for in what it covers."""

from __future__ import annotations

from pathlib import Path

from target_checks import checked

from lstmcheck.judge.diagnosis_result import Suspect
from lstmcheck.judge.results import Report
from lstmcheck.report.run import diagnosis

PLAIN = (Path(__file__).parents[2] / "configs" / "targets" / "plain.py").read_text()
EVERYTHING = '{"W": d_W, "U": d_U, "b": d_b, "x": d_x, "h0": d_h, "c0": d_c}'
PARAMETERS = '{"W": d_W, "U": d_U, "b": d_b}'
CARRY_DROPPED = ("d_c = d_c + d_h * o", "d_c = d_h * o")
NO_RECURRENCE = (
    "        d_h = d_z @ U\n        d_c = carried(d_c, f)\n",
    "        d_h, d_c = (d_z @ U, d_c * f) if t == 0 else (0 * d_h, 0 * d_c)\n",
)


def named(folder: Path, change: tuple[str, str], returned: str, length: int) -> tuple[Suspect, ...]:
    return _diagnosed(folder, change, returned, length)[1]


def _diagnosed(
    folder: Path, change: tuple[str, str], returned: str, length: int
) -> tuple[Report, tuple[Suspect, ...]]:
    source = PLAIN.replace(*change).replace(EVERYTHING, returned)
    assert source.count(change[1]) == source.count(returned) == 1
    report = checked(folder, source, explain=True, sequence__length=length)
    assert report.diagnosis is not None
    return report, report.diagnosis.suspects


def test_what_is_not_returned_would_tell_them_apart_where_no_key_does(tmp_path: Path) -> None:
    report, suspects = _diagnosed(tmp_path, CARRY_DROPPED, PARAMETERS, 4)
    assert {each.mistake for each in suspects} == {"cell-carry-dropped", "gates-ignore-cell-carry"}
    assert {(each.apart, each.beyond) for each in suspects} == {(None, "returning the gradient of c0")}
    told = "\n".join(diagnosis.sentences(report))
    assert "Returning the gradient of c0 would tell them apart." in told
    (only,) = named(tmp_path, CARRY_DROPPED, EVERYTHING, 4)
    assert only.mistake == "cell-carry-dropped"


def test_a_key_that_is_named_does_tell_them_apart(tmp_path: Path) -> None:
    suspects = named(tmp_path, NO_RECURRENCE, PARAMETERS, 2)
    assert {"no-recurrence", "truncated-by-one"} <= {each.mistake for each in suspects}
    assert {(each.apart, each.beyond) for each in suspects} == {("sequence.length: 3", None)}
    (only,) = named(tmp_path, NO_RECURRENCE, PARAMETERS, 3)
    assert only.mistake == "no-recurrence"
