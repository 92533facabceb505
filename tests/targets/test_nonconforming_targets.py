"""Targets of another convention are what they claim: right derivatives of outputs that are not ours."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from driven_targets import loaded
from nonconforming_targets import VARIANTS, Variant, source

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.table import Convention, Joined, Weights
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Numbers

ORDERS = ["".join(order) for order in permutations("ifgo")]
LAYOUTS: list[tuple[Weights, Joined]] = [
    (weights, joined) for weights in ("rows", "columns") for joined in ("none", "xh", "hx")
]
TINY = 1e-30
"""A complex step: its square is nothing beside the value."""
CLEAR = 1e-3
"""How far outputs of another convention are at least from ours."""

Given = dict[str, Numbers]
"""Their params, x, h0 and c0."""


def case_for(variant: Variant) -> Case:
    """B = T only where batch and time are in each other's place: with other sizes that cannot run at all."""
    batch = 5 if variant == "batch-first" else 3
    peephole = variant == "peepholes-ignored"
    lstm = {"input_size": 4, "hidden_size": 6, "peephole": peephole}
    return make_case(Config(lstm=lstm, sequence={"length": 5, "batch": batch}))  # type: ignore[arg-type]


def given(case: Case, convention: Convention) -> Given:
    blocks = {info.block: case.arrays[info.name] for info in case.infos if info.layer is not None}
    inputs = {"x": case.arrays["x"], "h0": case.arrays["h0"][0], "c0": case.arrays["c0"][0]}
    return Layout(convention, case.spec).write(blocks) | inputs


def convention_of(
    gates: str = "ifgo", weights: Weights = "rows", joined: Joined = "none", forget_offset: float = 0.0
) -> Convention:
    return Convention("theirs", gates, weights, joined, forget_offset=forget_offset)


def outputs(text: str, arrays: Given) -> list[Numbers]:
    *told, _ = loaded(text, "target").forward(arrays, arrays["x"], arrays["h0"], arrays["c0"])
    return list(told)


def our_outputs(case: Case) -> list[Numbers]:
    y, h_T, c_T = case.trace().outputs
    return [y, h_T[0], c_T[0]]


def upstreams(case: Case) -> list[Numbers]:
    """Of the three results in the order in which they are returned, whatever they are."""
    d_y, d_first, d_second = case.loss.gradient(case.trace().outputs)
    return [d_y, d_first[0], d_second[0]]


def rounding(case: Case, terms: int) -> float:
    """One ε for every rounding along the longest chain through time, and every term of the sum behind it."""
    T, _, D = case.arrays["x"].shape
    H = case.spec.hidden_size
    return float(np.finfo(float).eps * (T * (4 * H + H + D + 10) + terms))


def assert_gradient_is_the_derivative(text: str, case: Case, arrays: Given) -> None:
    """Along one random direction through everything at once, by a complex step."""
    module, random = loaded(text, "target"), np.random.default_rng(0)
    direction = {name: random.standard_normal(array.shape) for name, array in arrays.items()}
    *_, cache = module.forward(arrays, arrays["x"], arrays["h0"], arrays["c0"])
    found = module.backward(*upstreams(case), cache)
    assert {name: np.shape(gradient) for name, gradient in found.items()} == {
        name: array.shape for name, array in arrays.items()
    }
    products = np.concatenate([(found[name] * direction[name]).ravel() for name in arrays])
    moved = {name: array + 1j * TINY * direction[name] for name, array in arrays.items()}
    differences = [
        np.sum(upstream * output.imag) / TINY
        for upstream, output in zip(upstreams(case), outputs(text, moved), strict=True)
    ]
    assert abs(sum(differences) - products.sum()) <= rounding(case, products.size) * np.abs(products).sum()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_has_a_right_gradient(variant: Variant) -> None:
    case = case_for(variant)
    assert_gradient_is_the_derivative(source(variant=variant), case, given(case, convention_of()))


@pytest.mark.parametrize(("weights", "joined"), LAYOUTS)
@pytest.mark.parametrize("forget_offset", [0.0, 1.0])
def test_a_layout_has_a_right_gradient(weights: Weights, joined: Joined, forget_offset: float) -> None:
    case, text = case_for("none"), source(weights=weights, joined=joined, forget_offset=forget_offset)
    arrays = given(case, convention_of("ogif", weights, joined, forget_offset))
    assert_gradient_is_the_derivative(text, case, arrays)


@pytest.mark.parametrize(("weights", "joined"), LAYOUTS)
@pytest.mark.parametrize("gates", ORDERS)
def test_a_target_agrees_with_us_in_its_own_convention(gates: str, weights: Weights, joined: Joined) -> None:
    case, offset = case_for("none"), 1.0
    text = source(gates=gates, weights=weights, joined=joined, forget_offset=offset)
    found = outputs(text, given(case, convention_of(gates, weights, joined, offset)))
    for output, ours in zip(found, our_outputs(case), strict=True):
        assert np.abs(output - ours).max() <= rounding(case, 1) * np.abs(ours).max()


@pytest.mark.parametrize("gates", [order for order in ORDERS if order != "ifgo"])
def test_another_order_of_gates_has_other_outputs_in_torch_s(gates: str) -> None:
    case = case_for("none")
    found = outputs(source(gates=gates), given(case, convention_of()))
    assert all(np.abs(a - b).max() > CLEAR for a, b in zip(found, our_outputs(case), strict=True))


@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant != "none"])
def test_a_variant_has_other_outputs(variant: Variant) -> None:
    case = case_for(variant)
    found = outputs(source(variant=variant), given(case, convention_of()))
    assert any(np.abs(a - b).max() > CLEAR for a, b in zip(found, our_outputs(case), strict=True))


def test_a_forget_offset_shows_in_the_outputs() -> None:
    case = case_for("none")
    found = outputs(source(forget_offset=1.0), given(case, convention_of()))
    assert np.abs(found[0] - our_outputs(case)[0]).max() > CLEAR


def test_batch_and_time_swapped_cannot_run_where_they_differ() -> None:
    case = case_for("none")
    with pytest.raises(ValueError, match="broadcast"):
        outputs(source(variant="batch-first"), given(case, convention_of()))
