"""What the tests of conventions share."""

from __future__ import annotations

import pytest

from lstmcheck.config import Config, parse
from lstmcheck.errors import LstmcheckError, Problem

LSTM = "lstm: {input_size: 4, hidden_size: 6}\n"


def configured(text: str, *overrides: str, name: str = "small.yaml") -> Config:
    return parse(LSTM + text, name=name, overrides=overrides)


def only_problem(text: str, *overrides: str) -> Problem:
    """What is wrong with a configuration that must not load."""
    with pytest.raises(LstmcheckError) as caught:
        configured(text, *overrides)
    (problem,) = caught.value.problems
    return problem
