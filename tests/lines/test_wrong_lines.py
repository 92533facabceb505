"""Lines of a target's source that are wrong: they are found, and no right one is accused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mutations import mutants
from rewrites import rewritten
from watched import RIGHT, accused, is_wrong, opened, right_source

from lstmcheck import check
from lstmcheck.report.formats import github, markdown, text
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.run.failure import message

STUDENT = """\
import numpy as np
from cs231n_step import lstm_step_forward


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    t = np.tanh(next_c)
    do = dnext_h * t
    dc = dnext_c + dnext_h * o * (1 - t**2)
    df, di, dg = dc * prev_c, dc * g, dc * i
    dprev_c = dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g)])
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da / len(x)
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db
"""


def test_three_mistakes_of_a_student(tmp_path: Path) -> None:
    found = accused(opened(STUDENT, "cs231n-step", tmp_path))
    told = [(line.line, line.computes, line.belongs, line.suggestion, line.settles) for line in found]
    stacked = "da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])"
    assert told == [
        (11, "i", "f", "dprev_c = dc * f", True),
        (12, "g", "g²", stacked, True),
        (16, "0.333333 × δU", "δU", "dWh = prev_h.T @ da", True),
    ]
    marked = [line.source[line.column - 1 : line.end_column - 1] for line in found]
    assert marked == ["i", "g", "prev_h.T @ da / len(x)"]


@pytest.mark.parametrize("protocol", RIGHT)
def test_nothing_is_said_of_right_examples_written_otherwise(protocol: str, tmp_path: Path) -> None:
    source = rewritten(right_source(protocol), RIGHT[protocol][1], 0)
    assert not accused(opened(source, protocol, tmp_path))


@pytest.mark.parametrize("protocol", RIGHT)
def test_the_planted_line_alone_is_accused(protocol: str, tmp_path: Path) -> None:
    functions = RIGHT[protocol][1]
    source = rewritten(right_source(protocol), functions, 1)
    wrong = (m for m in mutants(source, functions, seed=1) if is_wrong(m.source, protocol, tmp_path))
    lines = accused(opened((mutant := next(wrong)).source, protocol, tmp_path))
    assert all(mutant.is_planted(line.line) for line in lines), mutant.changes


def test_the_forward_pass_where_that_is_not_ours(tmp_path: Path) -> None:
    source = right_source("cs231n-step")
    wrong = source.replace("next_c = f * prev_c + i * g", "next_c = f * prev_c + i * o")
    assert wrong != source
    (line,) = accused(opened(wrong, "cs231n-step", tmp_path), conforms=False)
    assert (line.computes, line.belongs, line.part, line.settles) == ("o", "g", "forward", True)
    assert line.suggestion == "next_c = f * prev_c + i * g"


STEP = STUDENT.replace("dc * i\n    da", "dc * f\n    da").replace("dg * (1 - g)", "dg * (1 - g**2)")
EITHER = {
    "a factor of one of two lines": (
        "dprev_c = dc * f",
        "part = dc\n    dprev_c = part * 1.0",
        {"part = dc * f", "dprev_c = part * f * 1.0"},
    ),
    "an operand of two products": (
        "    da = ",
        "    f_slope = 1 - f\n    with_f = f_slope * dc\n    daf = f_slope * (f * with_f)\n    da = ",
        {"with_f = prev_c * dc", "daf = prev_c * (f * with_f)"},
    ),
}


@pytest.mark.parametrize("case", EITHER)
def test_of_lines_either_of_which_would_do_none_is_accused(case: str, tmp_path: Path) -> None:
    right, wrong, changes = EITHER[case]
    source = STEP.replace(" / len(x)", "").replace(right, wrong)
    if "daf" in wrong:
        source = source.replace("df * f * (1 - f)", "daf")
    (line,) = accused(opened(source, "cs231n-step", tmp_path))
    told = [each.suggestion for each in (line, *line.alternatives)]
    assert len(told) > 1
    assert len(changes & set(told)) > 1, told


def test_a_forward_pass_that_is_right_as_declared_otherwise_has_no_wrong_lines(tmp_path: Path) -> None:
    source = right_source("cs231n-step").replace("ai, af, ao, ag = ", "ai, af, ag, ao = ")
    target = opened(source, "cs231n-step", tmp_path)
    module = sys.modules[str(target.section.module)]
    report = check(target.config, functions=[module.lstm_step_forward, module.lstm_step_backward])
    assert report.target is not None
    assert report.target.conformance is not None
    assert report.target.conformance.matches
    assert not report.lines


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> RunContent:
    """What is reported of the student's step, with one mistake."""
    target = opened(STEP, "cs231n-step", tmp_path_factory.mktemp("student"))
    module = sys.modules[str(target.section.module)]
    functions = [module.lstm_step_forward, module.lstm_step_backward]
    return RunContent([check(target.config, functions=functions)])


def test_reports_name_the_line(content: RunContent) -> None:
    for told in ("".join(text.export(content)), "".join(markdown.export(content))):
        assert ":16: this is 0.333333 × δU; δU belongs here.\n" in told
        assert "try: dWh = prev_h.T @ da\n" in told
        assert "With this change the gradient passes" in told
    assert "try: dWh = prev_h.T @ da" in message(content.reports[0])


def test_json_has_the_line(content: RunContent) -> None:
    (line,) = content.document()["lines"]
    assert (line["line"], line["column"]) == (16, 11)
    assert line["suggestion"] == "dWh = prev_h.T @ da"
    assert line["settles"]
    assert line["source"][line["column"] - 1 : line["end_column"] - 1] == "prev_h.T @ da / len(x)"


def test_github_points_into_the_targets_own_file(content: RunContent) -> None:
    (line,) = content.document()["lines"]
    commands = "".join(github.export(content))
    assert f"::error file={line['file']},line=16,col=11," in commands


def test_what_goes_wrong_costs_the_lines_and_not_the_verdict(
    content: RunContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("lstmcheck.targets.lines.watch.WatchedTarget.wrong_lines", fails)
    report = content.reports[0]
    module = sys.modules[str(report.config.target and report.config.target.module)]
    again = check(report.config, functions=[module.lstm_step_forward, module.lstm_step_backward])
    assert (again.lines, again.verdict, again.count("failed")) == ((), "fail", report.count("failed"))
