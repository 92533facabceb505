"""Lines of a target's source that are wrong: they are found, and no right one is accused."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutations import mutants
from rewrites import rewritten
from watched import RIGHT, accused, is_wrong, opened, right_source

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
