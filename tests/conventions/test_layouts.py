"""There and back: our parameters as other conventions have them."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from convention_cases import EPS, load_with
from hypothesis import given
from hypothesis import strategies as st

from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.shapes import letters
from lstmcheck.conventions.table import CONVENTIONS, Convention, Joined, Split, Weights
from lstmcheck.lstm.parameters import array_name, draw_parameters, parameter_arrays
from lstmcheck.lstm.spec import BIAS_BLOCKS, Bias, LstmSpec
from lstmcheck.lstm.types import Arrays, Floats, Numbers

BIASES: tuple[Bias, ...] = get_args(Bias)
ORDERS = ["".join(order) for order in permutations("ifgo")]


@st.composite
def networks(draw: st.DrawFn) -> LstmSpec:
    """One cell."""
    H = draw(st.integers(1, 5))
    return LstmSpec(
        draw(st.integers(1, 5)),
        H,
        bias=draw(st.sampled_from(get_args(Bias))),
        peephole=draw(st.booleans()),
        proj_size=draw(st.none() | st.integers(1, H)),
    )


@st.composite
def conventions(draw: st.DrawFn, bias: Bias) -> Convention:
    """Any that goes with a bias."""
    joined = draw(st.sampled_from([j for j in get_args(Joined) if j != "bxh" or bias == "one"]))
    offset = 0.0 if bias == "none" else draw(st.sampled_from([0.0, 1.0, -0.5]))
    split, weights = draw(st.sampled_from(get_args(Split))), draw(st.sampled_from(get_args(Weights)))
    return Convention("any", draw(st.sampled_from(ORDERS)), weights, joined, bias, offset, split)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    spec = draw(networks())
    return Layout(draw(conventions(spec.bias)), spec)


def parameters(layout: Layout) -> dict[str, Floats]:
    """By block, of the only cell."""
    drawn = draw_parameters(layout.spec, 0)
    return {info.block: drawn[info.name] for info in parameter_arrays(layout.spec)}


def assert_same(found: Arrays, wanted: Arrays, offset: float = 0.0) -> None:
    """Equal; where an offset was subtracted and added again, up to the rounding of both."""
    assert found.keys() == wanted.keys()
    for block, array in wanted.items():
        allowed = 2 * EPS * (abs(offset) + np.abs(array)) if offset else 0
        assert (np.abs(found[block] - array) <= allowed).all(), block


@given(layouts())
def test_there_and_back_is_where_we_were(layout: Layout) -> None:
    ours = parameters(layout)
    assert_same(layout.read(layout.write(ours)), ours, layout.convention.forget_offset)


@given(layouts())
def test_what_is_theirs_shares_no_memory_with_ours(layout: Layout) -> None:
    ours = parameters(layout)
    for theirs in layout.write(ours).values():
        assert not any(np.shares_memory(theirs, array) for array in ours.values())


@given(layouts())
def test_the_shapes_are_those_of_their_arrays(layout: Layout) -> None:
    theirs = layout.write(parameters(layout))
    assert layout.shapes == {name: array.shape for name, array in theirs.items()}


@given(layouts())
def test_no_number_is_lost_on_the_way(layout: Layout) -> None:
    ours = parameters(layout)
    assert sum(a.size for a in layout.write(ours).values()) == sum(a.size for a in ours.values())


@given(layouts())
def test_a_gradient_goes_the_way_of_its_parameter_without_the_offset(layout: Layout) -> None:
    """An offset has no gradient."""
    ours = parameters(layout)
    found = layout.read_gradients(layout.write(ours)).blocks
    plain = Layout(replace(layout.convention, forget_offset=0.0), layout.spec)
    assert_same(found, plain.read(layout.write(ours)))


@given(layouts())
def test_letters_spell_the_shapes(layout: Layout) -> None:
    spec = layout.spec
    sizes = {"D": spec.input_size, "H": spec.hidden_size, "P": spec.output_size}
    for name, shape in layout.shapes.items():
        told = letters(layout.convention, name, projected=spec.proj_size is not None)
        assert eval(told.replace("4H", "4*H").replace("3H", "3*H"), {}, sizes) == shape, name


@given(layouts())
def test_blocks_that_are_missing_stay_missing(layout: Layout) -> None:
    theirs = layout.write(parameters(layout))
    only = {name: array for name, array in theirs.items() if name == "W" or name.startswith("W_")}
    missing = layout.read(theirs).keys() - layout.read(only).keys()
    joined = {"none": {"W"}, "xh": {"W", "U"}, "hx": {"W", "U"}, "bxh": {"W", "U", "b"}}
    assert missing == layout.read(theirs).keys() - joined[layout.convention.joined]


WIDE = [
    "lstm.num_layers=2",
    "lstm.bidirectional=true",
    "lstm.peephole=true",
    "lstm.proj_size=5",
]
NET = LstmSpec(4, 6, num_layers=2, bidirectional=True, peephole=True, proj_size=5)


def generic_file(convention: Convention, net: LstmSpec, drawn: Arrays) -> dict[str, Numbers]:
    """Every parameter in the convention, under the generic name of its cell."""
    file: dict[str, Numbers] = {}
    for layer, reverse in net.cells:
        infos = [info for info in parameter_arrays(net) if (info.layer, info.reverse) == (layer, reverse)]
        layout = Layout(convention, net, input_size=net.layer_input_size(layer))
        theirs = layout.write({info.block: drawn[info.name] for info in infos})
        file |= {array_name(name, layer, reverse): array for name, array in theirs.items()}
    return file


def fits(convention: Convention, bias: Bias) -> bool:
    return not (convention.joined == "bxh" and bias != "one") and not (
        convention.forget_offset and bias == "none"
    )


@pytest.mark.parametrize(
    ("name", "bias"),
    [(name, bias) for name, each in CONVENTIONS.items() for bias in get_args(Bias) if fits(each, bias)],
)
def test_generic_names_with_layers_and_directions_are_read(tmp_path: Path, name: str, bias: Bias) -> None:
    convention, net = CONVENTIONS[name], replace(NET, bias=bias)
    drawn = draw_parameters(net, 0)
    file = generic_file(convention, net, drawn)
    text = f"arrays: {{file: my.npz, convention: {name}}}"
    assert_same(load_with(tmp_path, file, text, *WIDE, f"lstm.bias={bias}"), drawn, convention.forget_offset)


@pytest.mark.parametrize("letter", "gcaj")
def test_arrays_of_the_candidate_may_have_its_other_letters(tmp_path: Path, letter: str) -> None:
    file = {f"W_{gate}": np.full((6, 4), position) for position, gate in enumerate(f"if{letter}o")}
    text = f"arrays: {{file: my.npz, convention: {{gates: if{letter}o, split: separate}}}}"
    assert load_with(tmp_path, file, text)["W_l0"][:, 0, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_holds_exactly_the_biases_that_it_can_lay_out(name: str, bias: Bias) -> None:
    net = LstmSpec(2, 3, bias=bias)
    blocks = {"W": np.ones((4, 3, 2)), "U": np.ones((4, 3, 3))}
    blocks |= {block: np.ones((4, 3)) for block in BIAS_BLOCKS[bias]}
    try:
        Layout(CONVENTIONS[name], net).write(blocks)
    except (KeyError, IndexError):
        assert not CONVENTIONS[name].holds(bias)
    else:
        assert CONVENTIONS[name].holds(bias)
