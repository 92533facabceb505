"""Notebooks and scripts as targets: their definitions are taken, and messages point into them."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from planted_targets import correct
from target_checks import SIZES

from lstmcheck.api import check
from lstmcheck.config import parse
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.targets.loading.modules import import_file

PLAIN = correct("plain")
BACKWARD = PLAIN.index("def backward")
HEAD, TAIL = PLAIN[:BACKWARD], PLAIN[BACKWARD:]
TRAINS = "\nlosses = [forward(load('no_such_data.npz'), None, None, None)]\nraise RuntimeError('training')\n"


def cell(text: str, kind: str = "code") -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}


def notebook(path: Path, *cells: dict[str, Any], language: str = "python") -> None:
    kernel = {"kernelspec": {"language": language, "name": "any"}}
    path.write_text(json.dumps({"nbformat": 4, "metadata": kernel, "cells": list(cells)}))


def checked(path: Path, *settings: str) -> Report:
    text = "lstm: {input_size: 1, hidden_size: 1}\ncheck: {entries: 1}\n"
    chosen = [f"{key}={value}" for key, value in SIZES.items()]
    overrides = [f"target.file={path.name}", *chosen, *settings]
    return check(parse(text, name=str(path.parent / "target.yaml"), overrides=overrides))


def refusal(path: Path, *settings: str) -> str:
    with pytest.raises(LstmcheckError) as caught:
        checked(path, *settings)
    return str(caught.value)


def whole(head: str = HEAD, tail: str = TAIL) -> list[dict[str, Any]]:
    """Cells in the manner of a course: prose, magics, a shell, data that is not there, training."""
    return [
        cell("# An LSTM", "markdown"),
        cell(f"%matplotlib inline\n!pip install plots\n{head}"),
        cell("%%bash\nls *.csv"),
        cell("text = open('no_such_text.txt').read()\nimport no_such_plots as plt\nplt.plot(text)"),
        cell(f"SEED = 3\nvocabulary = sorted(set(text))\n{tail}"),
        cell("for epoch in range(10**9):\n    train(epoch)"),
        cell("an answer of three words"),
    ]


def test_a_notebook_is_taken_by_its_definitions(tmp_path: Path) -> None:
    path = tmp_path / "lstm.ipynb"
    notebook(path, *whole())
    assert checked(path).verdict == "pass"
    wrong = TAIL.replace("= carried(d_c, f)", "= carried(d_c, i)")
    notebook(path, *whole(tail=wrong))
    assert checked(path).gradient == "fail"


def test_an_old_notebook_has_worksheets(tmp_path: Path) -> None:
    path = tmp_path / "lstm.ipynb"
    cells = [{"cell_type": "code", "input": HEAD + TAIL}]
    path.write_text(json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}))
    assert checked(path).verdict == "pass"


def test_messages_point_into_the_cell_and_show_its_line(tmp_path: Path) -> None:
    path = tmp_path / "lstm.ipynb"
    notebook(path, *whole(tail="def backward(d_y, d_h, d_c, cache):\n    return 1 / 0\n"))
    told = refusal(path)
    assert "lstm.ipynb cell 4:4: backward raised ZeroDivisionError" in told
    assert "4 |     return 1 / 0" in told


def test_source_can_be_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "lstm.ipynb"
    notebook(path, *whole())
    assert inspect.getsource(import_file(path).backward) == TAIL


def test_a_name_that_was_left_out_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "lstm.ipynb"
    notebook(
        path, *whole(tail=TAIL.replace("params, x, steps = cache", "params, x, steps = cache; vocabulary"))
    )
    told = refusal(path)
    assert "backward raised NameError: name 'vocabulary' is not defined" in told
    assert "It is bound at lstm.ipynb cell 4:2" in told


def test_what_is_no_notebook_in_python_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "lstm.ipynb"
    path.write_text("{")
    assert "lstm.ipynb: it cannot be read as a notebook" in refusal(path)
    notebook(path, cell("x <- 1"), language="R")
    assert "lstm.ipynb: this notebook is in R" in refusal(path)
    (tmp_path / "lstm.txt").write_text(PLAIN)
    assert "lstm.txt: this is no Python file. A target is a Python file, or a notebook" in refusal(
        tmp_path / "lstm.txt"
    )


def test_a_script_that_trains_is_offered_and_taken_by_its_definitions(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(f"import no_such_plots\n{PLAIN}{TRAINS}")
    offer = "--set target.only_definitions=true takes its definitions alone"
    assert offer in refusal(path)
    assert checked(path, "target.only_definitions=true").verdict == "pass"
    path.write_text(f"{PLAIN}\nwhile True:\n    pass\n")
    assert offer in refusal(path, "target.timeout=0.2")
    path.write_text(PLAIN.replace("= carried(d_c, f)", "= carried(d_c, i)"))
    assert checked(path, "target.only_definitions=true").gradient == "fail"


def test_definitions_are_of_a_file(tmp_path: Path) -> None:
    settings = ("target.only_definitions=true", "target.file=null", "target.module=json")
    assert "only_definitions needs a file" in refusal(tmp_path / "any.py", *settings)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("print 'a loss'", "a print statement"),
        ("try: pass\nexcept IOError, error: pass", "except with a comma"),
        ("raise ValueError, 'no'", "raise with a comma"),
        ("mode = 0777", "an octal number"),
        ("same = 1 <> 2", "<> for !="),
        ("if 1:\n        a = 1\n\tb = 2", "tabs among spaces"),
    ],
)
def test_python_2_is_told_as_such(line: str, shown: str, tmp_path: Path) -> None:
    path = tmp_path / "old.py"
    path.write_text(f"{PLAIN}\n{line}\n")
    told = refusal(path)
    assert f"this is Python 2 ({shown}" in told
    assert "Run 2to3 -w old.py" in told
    assert f"old.py:{PLAIN.count(chr(10)) + 1 + line.count(chr(10)) + 1}: " in told


def test_python_2_in_a_cell_and_at_run_time_is_told_too(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    notebook(path, cell(HEAD), cell(f"print 'hello'\n{TAIL}"))
    assert "old.ipynb cell 2:1: this is Python 2 (a print statement at line 1). Run jupyter" in refusal(path)
    notebook(
        path, cell(HEAD.replace("for x_t in x:", "for x_t in (x[t] for t in xrange(len(x))):")), cell(TAIL)
    )
    assert "this is Python 2 (xrange)" in refusal(path)


def test_wrong_syntax_of_this_python_is_not_called_python_2(tmp_path: Path) -> None:
    path = tmp_path / "new.py"
    path.write_text(f"{PLAIN}\ndef broken(:\n    pass\n")
    assert "importing it raised SyntaxError" in refusal(path)
