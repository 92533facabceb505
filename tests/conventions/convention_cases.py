"""What the tests of conventions share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstmcheck.arrays.load_arrays import load_arrays
from lstmcheck.config import Config, parse
from lstmcheck.errors import LstmcheckError, Problem

LSTM = "lstm: {input_size: 4, hidden_size: 6}\n"
EPS = float(np.finfo(float).eps)


def configured(text: str, *overrides: str, name: str = "small.yaml") -> Config:
    return parse(LSTM + text, name=name, overrides=overrides)


def only_problem(text: str, *overrides: str) -> Problem:
    """What is wrong with a configuration that must not load."""
    with pytest.raises(LstmcheckError) as caught:
        configured(text, *overrides)
    (problem,) = caught.value.problems
    return problem


def rounding(layers: int, length: int, terms: int) -> float:
    """What two correct outputs may differ by, relative to the largest: each step rounds once for each term
    of its longest product, and a dozen times after it; slopes are below or about one."""
    return EPS * layers * length * (terms + 12)


def load_with(folder: Path, file: dict[str, Any], text: str, *overrides: str) -> dict[str, Any]:
    """What a configuration reads of an .npz."""
    np.savez(folder / "my.npz", **file)
    return load_arrays(configured(text, *overrides, name=str(folder / "small.yaml")))


def problems_with(folder: Path, file: dict[str, Any], text: str, *overrides: str) -> list[Problem]:
    """What is wrong with an .npz."""
    np.savez(folder / "my.npz", **file)
    return problems_in(folder / "my.npz", text, *overrides)


def problems_in(path: Path, text: str, *overrides: str) -> list[Problem]:
    """What is wrong with the file of a configuration beside it, without the path that heads every problem."""
    config = configured(text, *overrides, name=str(path.parent / "small.yaml"))
    with pytest.raises(LstmcheckError) as caught:
        load_arrays(config)
    assert all(problem.what.startswith(f"{path}: ") for problem in caught.value.problems)
    return [
        replace(problem, what=problem.what.removeprefix(f"{path}: ")) for problem in caught.value.problems
    ]
