"""What the tests of configurations share."""

from __future__ import annotations

import pytest

from lstmcheck.config import parse
from lstmcheck.errors import LstmcheckError, Problem

LSTM = "lstm: {input_size: 4, hidden_size: 6}\n"


def problems(text: str, *overrides: str, seed: int | None = None) -> tuple[Problem, ...]:
    """What is wrong with a configuration text that must not load."""
    with pytest.raises(LstmcheckError) as caught:
        parse(text, name="small.yaml", overrides=overrides, seed=seed)
    return caught.value.problems


def only_problem(text: str, *overrides: str) -> Problem:
    (problem,) = problems(text, *overrides)
    return problem
