"""Runs the command in this process, or in one of its own where signals and pipes matter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import lstmcheck.judge.judging
from lstmcheck.cli.app import app
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.types import Numbers

CONFIGS = Path(__file__).parents[2] / "configs"
SMALL = str(CONFIGS / "small.yaml")
TINY = "lstm: {input_size: 2, hidden_size: 3}\nsequence: {length: 3, batch: 2}\n"


def invoke(*arguments: str, stdin: str | None = None) -> Result:
    """The command in this process; stdout and stderr apart."""
    return CliRunner().invoke(app, arguments, input=stdin)


def invoke_process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "lstmcheck", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


class DoubledInputWeights(Backward):
    """d_W twice."""

    def d_W(self, s: Step, d: Deltas) -> Numbers:
        return 2 * super().d_W(s, d)


class NotANumber(Backward):
    """One NaN in the forget gate's recurrent weights."""

    def d_U(self, s: Step, d: Deltas) -> Numbers:
        found = super().d_U(s, d)
        found[1, 2, 0] = float("nan")
        return found


def plant(monkeypatch: pytest.MonkeyPatch, backward: type[Backward]) -> None:
    """Make every run check this backward pass."""
    check: Callable[..., Any] = lstmcheck.api.check

    def checked(config: Any, **options: Any) -> Any:
        return check(config, **{**options, "backward": backward})

    monkeypatch.setattr(lstmcheck.api, "check", checked)


def forbid_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any check from here on is a failure of the test."""

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("the work was begun")

    monkeypatch.setattr(lstmcheck.api, "check", refused)
