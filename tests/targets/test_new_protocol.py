"""A new protocol is an adapter and a row of the table: everything else takes it as it is."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from planted_targets import correct, source
from target_checks import configured, functions

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays
from lstmcheck.protocol_capabilities import PROTOCOLS, Capabilities
from lstmcheck.targets.protocols import Pass, Returned
from lstmcheck.targets.protocols.plain import Plain

NAME = "x-first"


class XFirst(Plain):
    """forward(x, params, h0) and backward(cache, d_y, d_h), from a cell state of zero."""

    def forward(self, arrays: Arrays) -> Pass:
        forward = self.functions[0]
        self.functions = [lambda params, x, h0, c0: forward(x, params, h0), self.functions[1]]
        try:
            return super().forward(arrays)
        finally:
            self.functions = [forward, self.functions[1]]

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        backward = self.functions[1]
        self.functions = [self.functions[0], lambda d_y, d_h, d_c, cache: backward(cache, d_y, d_h)]
        try:
            return super().backward(upstream, ran)
        finally:
            self.functions = [self.functions[0], backward]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("x_first")
    vars(module)["XFirst"] = XFirst
    monkeypatch.setitem(sys.modules, "lstmcheck.targets.protocols.x_first", module)
    row = Capabilities(
        "x_first:XFirst",
        ("forward", "backward"),
        convention="torch",
        upstreams="yh",
        no_place=("c0",),
        zero_cell=True,
    )
    monkeypatch.setitem(PROTOCOLS, NAME, row)


def in_other_words(text: str) -> str:
    return f"""{text}
plain_forward, plain_backward = forward, backward

def forward(x, params, h0):
    return plain_forward(params, x, h0, np.zeros_like(h0))

def backward(cache, d_y, d_h):
    found = plain_backward(d_y, d_h, np.zeros_like(d_h), cache)
    return {{name: array for name, array in found.items() if name != "c0"}}
"""


def of_the_protocol(config: Config) -> Config:
    assert config.target is not None
    return config.model_copy(update={"target": config.target.model_copy(update={"protocol": NAME})})


def report_of(folder: Path, text: str) -> Report:
    config = of_the_protocol(configured(folder, in_other_words(text), "plain"))
    return check(config, functions=functions(folder / "mine.py", NAME))


def test_a_right_target_of_a_new_protocol_passes(tmp_path: Path) -> None:
    report = report_of(tmp_path, correct("plain"))
    assert report.target is not None
    assert (report.target.protocol, report.verdict) == (NAME, Verdict.PASS)
    assert report.not_covered == ("c0", "d_c")


def test_a_wrong_target_of_a_new_protocol_is_named(tmp_path: Path) -> None:
    report = report_of(tmp_path, source("plain", "cell-carry-dropped"))
    assert report.gradient == Verdict.FAIL
    assert report.diagnosis is not None
    assert "cell-carry-dropped" in {each.mistake for each in report.diagnosis.suspects}
