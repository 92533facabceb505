"""A configuration with other values for some keys, and values as YAML has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from config_helpers import LSTM
from hypothesis import given
from hypothesis import strategies as st

from lstmcheck.config import Config, format_value, parse, with_values
from lstmcheck.config.variation import parse_axes
from lstmcheck.errors import LstmcheckError


def changed(**values: Any) -> Config:
    """Two underscores stand for the dot."""
    config = parse(LSTM, name="inner/small.yaml")
    return with_values(config, {key.replace("__", "."): value for key, value in values.items()})


def test_only_what_is_named_changes() -> None:
    config = changed(lstm__hidden_size=8, check__blocks=["W", "x"])
    wanted = parse(
        "lstm: {input_size: 4, hidden_size: 8}\ncheck: {blocks: [W, x]}\n", name="inner/small.yaml"
    )
    assert config == wanted


def test_keys_of_sections_that_are_not_there_make_them() -> None:
    config = changed(target__file="my.py", lstm__activations={"gate": "tanh"})
    assert config.target is not None
    assert config.target_path == (Path("inner") / "my.py").absolute()
    assert (config.lstm.activations.gate, config.lstm.activations.output) == ("tanh", "tanh")


def test_a_changed_configuration_knows_where_its_keys_were_written() -> None:
    assert str(changed(lstm__hidden_size=8).locate("lstm", "input_size")) == "inner/small.yaml:1:20"


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"lstm__proj_size": 6}, "proj_size must be below hidden_size, which is 6; got 6."),
        ({"lstm__proj_size": "6"}, "expected an integer of at least 1 or null, got '6'."),
        ({"lstm__hiden_size": 6}, "unknown key 'hiden_size' in lstm."),
    ],
)
def test_what_makes_no_configuration_is_refused(values: dict[str, Any], what: str) -> None:
    with pytest.raises(LstmcheckError) as caught:
        changed(**values)
    (problem,) = caught.value.problems
    assert problem.what == what


NUMBERS = st.integers() | st.floats(allow_nan=False)
PLAIN_VALUES = st.none() | st.booleans() | NUMBERS | st.text("aEe1.x-' :#[~")
VALUES = st.recursive(PLAIN_VALUES, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5)


@given(VALUES)
def test_a_value_is_written_as_it_is_read(value: Any) -> None:
    ((read,),) = parse_axes([f"key={format_value(value)}"]).values()
    assert read == value
    assert type(read) is type(value)
