"""A configuration becomes the network, the numbers and the loss that it describes."""

from __future__ import annotations

import numpy as np
import pytest
from checking_configs import Tree, small
from reference_cases import EPS, case_of

from lstmcheck.lstm.case import Case

LENGTHS = [3, 2, 1, 3, 2]


def loss_of(case: Case) -> float:
    return float(case.loss.value(case.trace().outputs).sum())


@pytest.mark.parametrize("part", ["outputs", "hidden", "cell"])
@pytest.mark.parametrize("kind", ["projection", "squared_error", "cross_entropy"])
def test_a_mean_is_the_sum_by_the_number_of_terms_within_the_sequences(kind: str, part: str) -> None:
    tree = {"kind": kind, "on": [part]}
    total, mean = (
        loss_of(case_of(small(loss=tree | {"reduce": reduce}, sequence={"lengths": LENGTHS})))
        for reduce in ("sum", "mean")
    )
    vectors = sum(LENGTHS) if part == "outputs" else len(LENGTHS)
    terms = vectors if kind == "cross_entropy" else 2 * vectors
    assert mean == pytest.approx(total / terms, rel=10 * terms * EPS)


def test_the_loss_is_the_sum_of_its_parts_times_its_scale() -> None:
    parts = [loss_of(case_of(small(loss={"on": [part]}))) for part in ("outputs", "hidden", "cell")]
    whole = loss_of(case_of(small(loss={"scale": -3.0})))
    assert whole == pytest.approx(-3 * sum(parts), abs=100 * EPS * 3 * sum(map(abs, parts)))


def test_what_is_drawn_for_one_array_does_not_depend_on_the_others() -> None:
    plain = case_of(small()).arrays
    more = case_of(small(lstm={"num_layers": 2, "bidirectional": True, "peephole": True})).arrays
    for name in ("W_l0", "U_l0", "b_l0", "x"):
        np.testing.assert_array_equal(plain[name], more[name])
    other = case_of(small() | {"seed": 1}).arrays
    assert all((plain[name] != other[name]).any() for name in plain)


@pytest.mark.parametrize(("bias", "name"), [("one", "b_l0"), ("two", "b_ih_l0")])
def test_the_forget_bias_is_added_once(bias: str, name: str) -> None:
    without, with_it = (
        case_of(small(lstm={"bias": bias, "forget_bias": extra})).arrays for extra in (0.0, 5.0)
    )
    for array in without:
        moved = np.zeros_like(without[array])
        if array == name:
            moved[1] = 5.0
        np.testing.assert_allclose(with_it[array] - without[array], moved, rtol=0, atol=10 * EPS * 5)


@pytest.mark.parametrize("scale", [1e-3, 7.0])
def test_the_deviation_of_weights_is_as_configured(scale: float) -> None:
    lstm: Tree = {"input_size": 20, "hidden_size": 20}
    one, scaled = (case_of(small(lstm=lstm | {"init_scale": s})).arrays for s in (1.0, scale))
    fan_in = case_of(small(lstm=lstm)).arrays
    for name in ("W_l0", "U_l0"):
        np.testing.assert_allclose(scaled[name], scale * one[name], rtol=4 * EPS)
        np.testing.assert_allclose(fan_in[name], one[name] / 20**0.5, rtol=4 * EPS)
        # n normal numbers: the deviation is known to 1/√2n of itself; five times that.
        assert abs(one[name].std() - 1) < 5 * (2 * one[name].size) ** -0.5


def test_zero_states_are_zero_and_random_ones_are_not() -> None:
    zero, random = (case_of(small(sequence={"initial_state": state})).arrays for state in ("zero", "random"))
    for name in ("h0", "c0"):
        assert not zero[name].any()
        assert random[name].all()
    np.testing.assert_array_equal(zero["x"], random["x"])


def test_inputs_may_be_ones_among_zeros_or_whole_numbers() -> None:
    normal, one_hot, integer = (
        case_of(small(sequence={"inputs": inputs})).arrays for inputs in ("normal", "one-hot", "integer")
    )
    assert set(np.unique(one_hot["x"])) == {0, 1}
    assert (one_hot["x"].sum(axis=-1) == 1).all()
    assert set(np.unique(integer["x"])) <= {0, 1, 2, 3}
    assert len(np.unique(integer["x"])) > 2
    for name in normal.keys() - {"x"}:
        np.testing.assert_array_equal(normal[name], one_hot[name])
