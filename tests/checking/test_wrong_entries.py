"""Which entries of a gate are wrong: those that were spoilt, whichever way the gate was judged."""

from __future__ import annotations

import io
import json
from functools import cache

import numpy as np
import pytest
from checking_configs import check_gates, config_of, small
from rich.console import Console
from spoilt import Gradients, spoilt

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.wrong_entries import COLUMNS, ROWS, wrong_entries
from lstmcheck.report.formats import FORMATS
from lstmcheck.report.formats.text import render
from lstmcheck.report.run import wrong_entries as words
from lstmcheck.report.run.content import RunContent

METHODS = ["entries", "directions"]


def spoil(found: Gradients) -> None:
    found["W_l0"][1, [3, 7]] *= 1.02
    found["U_l0"][2][:, ::2] += 0.1
    found["U_l0"][3][:, 0] *= 2
    found["b_l0"][:] *= 2
    found["x"][1:] *= -1
    found["h0"][0, 1] = np.nan


@cache
def spoilt_report(method: str) -> Report:
    tree = small(lstm={"hidden_size": 16, "input_size": 9}, check={"method": method})
    return check_gates(config_of(tree), backward=spoilt(spoil))


def gate_of(report: Report, label: str) -> GateResult:
    return next(gate for gate in report.blocks if gate.label == label)


@pytest.mark.parametrize("method", METHODS)
def test_the_wrong_entries_are_those_that_were_spoilt(method: str) -> None:
    report = spoilt_report(method)
    analytic, right = report.values.analytic, report.case.right
    for gate in report.blocks:
        info = gate.info
        off = analytic[info.name] != right[info.name]
        mine = off[info.row(gate.gate)] if gate.gate else off
        if gate.verdict == "pass":
            assert (gate.wrong, mine.any()) == (None, False)
            continue
        assert gate.wrong is not None, gate.label
        assert gate.wrong.count == mine.sum()
        assert [list(at) for at in gate.wrong.positions] == [np.unique(at).tolist() for at in mine.nonzero()]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("label", "phrase"),
    [
        ("W_l0_f", "units 3 and 7"),
        ("U_l0_g", "every second column"),
        ("U_l0_o", "column 0"),
        ("b_l0_i", "all"),
        ("x", "steps 1 and 2"),
        ("h0", "sequence 1"),
    ],
)
def test_simple_patterns_are_told_in_words(label: str, phrase: str, method: str) -> None:
    gate = gate_of(spoilt_report(method), label)
    assert gate.wrong is not None
    assert words.describe(gate, gate.wrong) == phrase


@pytest.mark.parametrize("method", METHODS)
def test_reports_show_where_in_words_and_in_shades(method: str) -> None:
    content = RunContent([spoilt_report(method)])
    text = b"".join(FORMATS["text"].export(content)).decode()
    assert "units 3 and 7 of W_l0 (f); every second column of U_l0 (g)" in text
    assert "  8-15 ·········\n" in text
    assert "0-15 ▓·▓·▓·▓·▓·▓·▓·▓·" in text
    markdown = b"".join(FORMATS["markdown"].export(content)).decode()
    assert "```\nW_l0_f: 16 units by 9 columns" in markdown
    junit = b"".join(FORMATS["junit"].export(content)).decode()
    assert "wrong: units 3 and 7" in junit
    wrong = json.loads(b"".join(FORMATS["json"].export(content)))["blocks"][1]["wrong"]
    assert (wrong["axes"], wrong["positions"]) == (["unit", "column"], [[3, 7], [*range(9)]])


def test_a_terminal_without_unicode_gets_shades_of_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    console = Console(file=stream, width=200, highlight=False)
    console.print(render(RunContent([spoilt_report("entries")]), console))
    stream.seek(0)
    assert "0-15 *.*.*.*.*.*.*.*." in stream.read()


def test_one_line_says_nothing_but_the_verdict() -> None:
    assert "Wrong" not in RunContent([spoilt_report("entries")]).brief().text


def test_a_large_gate_is_joined_to_a_small_picture_with_every_error_in_it() -> None:
    errors = np.zeros((1000, 333))
    errors[999, 332], errors[500, 0] = 3e-6, 0.5
    found = wrong_entries(errors)
    assert found is not None
    picture = np.array(found.errors)
    assert (len(picture), picture.shape[1] <= COLUMNS) == (ROWS, True)
    assert [picture[-1, -1], picture[4, 0], np.count_nonzero(picture)] == [3e-6, 0.5, 2]
    assert (found.count, found.positions) == (2, ((500, 999), (0, 332)))


@pytest.mark.parametrize(
    ("at", "length", "phrase"),
    [
        ([0], 9, "column 0"),
        ([1, 4], 9, "columns 1 and 4"),
        ([2, 3, 4, 5, 6], 9, "columns 2 to 6"),
        ([1, 3, 5, 7], 9, "every second column from 1"),
        ([0, 3, 6], 9, "every third column"),
        ([0, 1, 2, 4, 5, 6, 7, 8], 9, "all columns but 3"),
        ([0, 1, 3, 6, 7], 9, "5 of 9 columns"),
    ],
)
def test_positions_are_told_as_one_would_say_them(at: list[int], length: int, phrase: str) -> None:
    gate = gate_of(spoilt_report("entries"), "W_l0_f")
    errors = np.zeros((16, length))
    errors[:, at] = 1
    assert gate.shape == errors.shape
    errors[3, at[1:2]] = 0  # within the tolerance, as small entries may be
    found = wrong_entries(errors)
    assert found is not None
    assert words.describe(gate, found) == phrase
