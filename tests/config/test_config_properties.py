from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, get_args

from config_helpers import LSTM
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmcheck.config import parse, show, template
from lstmcheck.config.choices import Activation, LossPart
from lstmcheck.config.phrases import sections
from lstmcheck.errors import LstmcheckError

few = settings(max_examples=50, deadline=None)
sizes = st.integers(1, 50)
finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
activation = st.sampled_from(get_args(Activation))


@st.composite
def valid_data(draw: st.DrawFn) -> dict[str, Any]:
    """Data of a configuration that must load."""
    hidden, length, batch = draw(st.integers(2, 50)), draw(sizes), draw(st.integers(1, 6))
    bias = draw(st.sampled_from(["one", "two", "none"]))
    coupled = draw(st.booleans())
    reference = draw(st.sampled_from(["central", "complex"]))
    return {
        "name": draw(st.text(min_size=1).filter(str.isprintable)),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "lstm": {
            "input_size": draw(sizes),
            "hidden_size": hidden,
            "bidirectional": draw(st.booleans()),
            "bias": bias,
            "forget_bias": 0 if coupled or bias == "none" else draw(finite),
            "peephole": draw(st.booleans()),
            "coupled": coupled,
            "proj_size": draw(st.none() | st.integers(2, hidden - 1)) if hidden > 2 else None,
            "activations": draw(
                st.dictionaries(st.sampled_from(["gate", "candidate", "output"]), activation)
            ),
            "init_scale": draw(st.none() | positive),
        },
        "sequence": {
            "length": length,
            "batch": batch,
            "lengths": draw(st.none() | st.lists(st.integers(1, length), min_size=batch, max_size=batch)),
        },
        "loss": {
            "on": draw(st.lists(st.sampled_from(get_args(LossPart)), min_size=1, unique=True)),
            "scale": draw(st.floats(1e-100, 1e100) | st.floats(-1e100, -1e-100)),
        },
        "check": {
            "reference": reference,
            "step": "auto" if reference == "complex" else draw(st.just("auto") | positive),
            "blocks": draw(st.just("all") | st.lists(st.sampled_from("WU"), min_size=1, unique=True)),
            "entries": draw(st.just("all") | sizes),
        },
    }


@few
@given(valid_data())
def test_a_shown_configuration_loads_to_an_equal_one(data: dict[str, Any]) -> None:
    config = parse(json.dumps(data, ensure_ascii=False), name="a.yaml")
    assert parse(show(config), name="b.yaml") == config


def only_our_error(text: str, *overrides: str) -> None:
    with suppress(LstmcheckError):
        parse(text, name="a.yaml", overrides=overrides)


@few
@given(st.text())
def test_arbitrary_text_raises_nothing_but_our_error(text: str) -> None:
    only_our_error(text)


@few
@given(st.text())
def test_an_arbitrary_override_raises_nothing_but_our_error(text: str) -> None:
    only_our_error(LSTM, text)
    only_our_error(LSTM, f"check.rtol={text}")


PIECES = [
    *"{}[]:,-#&*!|>'\"%@`?\t\n ",
    "- ",
    ": ",
    "---\n",
    "...\n",
    "? ",
    "<<",
    "~",
    "!!int ",
    "&a ",
    "*a",
    "\\",
    "\r",
    "\x85",
]


@few
@given(st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(PIECES)), min_size=1, max_size=4))
def test_a_template_with_stray_marks_raises_nothing_but_our_error(edits: list[tuple[int, str]]) -> None:
    text = template()
    for position, piece in edits:
        text = text[:position] + piece + text[position:]
    only_our_error(text)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = sorted({key for keys in sections().values() for key in keys})


@few
@given(st.dictionaries(st.sampled_from(KEYS), json_like | st.dictionaries(st.sampled_from(KEYS), json_like)))
def test_arbitrary_values_raise_nothing_but_our_error(data: dict[str, Any]) -> None:
    only_our_error(json.dumps(data, ensure_ascii=False))
