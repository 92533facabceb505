"""The forward pass is that of the equations: compared with loops over single numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lstm_cases import LENGTHS, SMALL, drawn_arrays
from scalar_lstm import run, values_and_errors

from lstmcheck.lstm.forward import forward
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Floats

ACTIVATIONS = ("sigmoid", "tanh", "identity", "relu", "hard_sigmoid", "softsign")
SHARP = 1e-6
"""A comparison with a wider tolerance than this would prove little."""
LARGE = 1e30
"""Activations that are not bounded may let states grow beyond all bounds: far from overflow is enough."""

VARIANTS = {
    "plain": SMALL,
    "three layers": replace(SMALL, num_layers=3),
    "both directions": replace(SMALL, bidirectional=True),
    "two layers of both directions": replace(SMALL, num_layers=2, bidirectional=True),
    "two biases": replace(SMALL, bias="two"),
    "no bias": replace(SMALL, bias="none"),
    "peephole": replace(SMALL, peephole=True),
    "coupled": replace(SMALL, coupled=True),
    "coupled with peephole": replace(SMALL, coupled=True, peephole=True),
    "projection": replace(SMALL, proj_size=2),
    "everything": LstmSpec(3, 6, 2, True, "two", peephole=True, coupled=True, proj_size=2),
    **{f"gate {name}": replace(SMALL, gate=name) for name in ACTIVATIONS},
    **{f"candidate {name}": replace(SMALL, candidate=name) for name in ACTIVATIONS},
    **{f"output {name}": replace(SMALL, output=name) for name in ACTIVATIONS},
}


def assert_same_outputs(
    spec: LstmSpec, arrays: dict[str, Floats], lengths: Sequence[int] | None, sharp: bool = True
) -> None:
    """y, h_T and c_T within both computations' own bounds of rounding."""
    ours = forward(spec, arrays, None if lengths is None else np.array(lengths)).outputs
    for name, mine, nested in zip(ours._fields, ours, run(spec, arrays, lengths), strict=True):
        value, error = values_and_errors(nested)
        assert mine.shape == value.shape, name
        assert not sharp or error.max() < SHARP * max(1, np.abs(value).max()), "the comparison is blunt"
        assert (np.abs(mine - value) <= 2 * error).all(), f"{name}: {np.abs(mine - value).max()}"


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "padded"])
@pytest.mark.parametrize("spec", VARIANTS.values(), ids=VARIANTS.keys())
def test_outputs_are_those_of_the_equations(spec: LstmSpec, lengths: Sequence[int] | None) -> None:
    # With gates that are not bounded the states, and the bound with them, grow from step to step.
    scale = 0.1 if spec.gate in ("identity", "relu") else None
    assert_same_outputs(spec, drawn_arrays(spec, seed=1, scale=scale), lengths)


@st.composite
def specs(draw: st.DrawFn) -> LstmSpec:
    hidden = draw(st.integers(1, 3))
    return LstmSpec(
        input_size=draw(st.integers(1, 3)),
        hidden_size=hidden,
        num_layers=draw(st.integers(1, 3)),
        bidirectional=draw(st.booleans()),
        bias=draw(st.sampled_from(["one", "two", "none"])),
        peephole=draw(st.booleans()),
        coupled=draw(st.booleans()),
        proj_size=draw(st.sampled_from([None, *range(1, hidden)])),
        gate=draw(st.sampled_from(ACTIVATIONS)),
        candidate=draw(st.sampled_from(ACTIVATIONS)),
        output=draw(st.sampled_from(ACTIVATIONS)),
    )


@given(specs(), st.integers(0, 99), st.data())
def test_outputs_are_those_of_the_equations_for_any_network(
    spec: LstmSpec, seed: int, data: st.DataObject
) -> None:
    length, batch = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    ends = st.lists(st.integers(1, length), min_size=batch, max_size=batch)
    arrays, lengths = drawn_arrays(spec, seed, length, batch), data.draw(st.none() | ends)
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = forward(spec, arrays).outputs
    assume(all((np.abs(q) < LARGE).all() for q in outputs))
    # The bound grows with states that are not bounded; it then is as blunt as they are large.
    assert_same_outputs(spec, arrays, lengths, sharp=False)


def test_a_sequence_does_not_see_its_padding() -> None:
    """Other numbers past the end change nothing, and the same sequence without padding gives the same."""
    spec = replace(SMALL, num_layers=2, bidirectional=True)
    arrays = drawn_arrays(spec, seed=2)
    lengths = np.array(LENGTHS)
    padding = np.arange(len(arrays["x"]))[:, None] >= lengths
    other = {**arrays, "x": np.where(padding[..., None], 1e6, arrays["x"])}
    for mine, others in zip(
        forward(spec, arrays, lengths).outputs, forward(spec, other, lengths).outputs, strict=True
    ):
        np.testing.assert_array_equal(mine, others)
    assert not forward(spec, arrays, lengths).outputs.y[padding].any()


def test_directions_and_layers_keep_their_order() -> None:
    """h_T and c_T are layer by layer, forward before reverse; a change in one cell moves what reads it."""
    spec = replace(SMALL, num_layers=2, bidirectional=True)
    arrays = drawn_arrays(spec, seed=3)
    base = forward(spec, arrays).outputs.h_T
    moved = forward(spec, arrays | {"b_l0_reverse": arrays["b_l0_reverse"] + 0.1}).outputs.h_T
    changed = [bool((moved[cell] != base[cell]).any()) for cell in range(4)]
    assert changed == [False, True, True, True]
