"""Where lines that are wrong are told: in every format, at their own place."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from watched import opened

from lstmcheck import check
from lstmcheck.report.formats import github, html, sarif
from lstmcheck.report.run.content import RunContent
from lstmcheck.testing import assert_gradients

HELPER = """\
import numpy as np
from cs231n_step import lstm_step_forward


def carried(dc, f):
    return dc


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    t = np.tanh(next_c)
    dc = dnext_c + dnext_h * o * (1 - t**2)
    da_i, da_f = dc * g * i * (1 - i), dc * prev_c * f * (1 - f)
    da = np.hstack([da_i, da_f, dnext_h * t * o * (1 - o), dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, carried(dc, f), x.T @ da, prev_h.T @ da, da.sum(axis=0)
"""
"""Its gradient of c_prev lacks a factor f: in `carried`, or where that is called."""
MEANT, ALSO = "return dc * f", "carried(dc * f, f)"


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Any:
    target = opened(HELPER, "cs231n-step", tmp_path_factory.mktemp("helper"))
    module = sys.modules[str(target.section.module)]
    return module.lstm_step_forward, module.lstm_step_backward


@pytest.fixture(scope="module")
def message(functions: Any) -> str:
    """What assert_gradients raises."""
    with pytest.raises(AssertionError) as raised:
        assert_gradients(*functions, protocol="cs231n-step", hidden_size=2, input_size=2, length=1, batch=2)
    return str(raised.value)


@pytest.fixture(scope="module")
def content(functions: Any, tmp_path_factory: pytest.TempPathFactory) -> RunContent:
    target = opened(HELPER, "cs231n-step", tmp_path_factory.mktemp("again"))
    return RunContent([check(target.config, functions=list(functions))])


def test_assert_gradients_shows_the_line_and_the_others_that_would_do(message: str) -> None:
    assert ":6: this is δc; δc_prev belongs here, or another of these lines is wrong.\n" in message
    assert f"try: {MEANT}\n" in message
    assert ":15: return da @ Wx.T, da @ Wh.T, carried(dc * f, f), " in message


def test_json_lists_the_others_as_alternatives(content: RunContent) -> None:
    (line,) = content.document()["lines"]
    assert (line["line"], line["suggestion"], line["settles"]) == (6, MEANT, True)
    assert [(each["line"], ALSO in each["suggestion"]) for each in line["alternatives"]] == [(15, True)]


def test_a_notebook_shows_the_line(content: RunContent) -> None:
    shown = "".join(html.export(content))
    assert "δc_prev belongs here" in shown
    assert MEANT in shown


def test_github_shows_the_line_first(content: RunContent) -> None:
    first = "".join(github.export(content)).splitlines()[0]
    assert ",line=6,col=12," in first
    assert MEANT in first


def test_sarif_has_one_result_at_the_line(content: RunContent) -> None:
    document = json.loads("".join(sarif.export(content)))
    (run,) = document["runs"]
    (result,) = run["results"]
    (place,), (also,) = result["locations"], result["relatedLocations"]
    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "line"
    assert result["level"] == "error"
    assert MEANT in result["message"]["text"]
    assert "Diagnosis: cell-carry-without-forget" in result["message"]["text"]
    assert place["physicalLocation"]["region"] == {"startLine": 6, "startColumn": 12}
    assert also["physicalLocation"]["region"]["startLine"] == 15
    line = content.reports[0].lines[0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == Path(line.file).as_uri()
