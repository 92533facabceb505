"""Jacobians against differences of the forward pass, and what is told about them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from math import inf, isnan, log, nan
from pathlib import Path

import numpy as np
import pytest

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import load
from lstmcheck.errors import LstmcheckError
from lstmcheck.explain.flow import Curve, Flow, flows
from lstmcheck.explain.focus import KEY
from lstmcheck.explain.forget_biases import cases_by_bias
from lstmcheck.explain.jacobians import chain, step_jacobian
from lstmcheck.explain.plain_rnn import plain_jacobians
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.types import Floats
from lstmcheck.reference.loss_function import moved

CONFIGS = Path(__file__).parents[2] / "configs"
ONE_CELL = ["small", "peephole", "coupled", "projected", "two-biases", "one-neuron"]
STEP = 1e-30


def case_of(name: str, *overrides: str) -> Case:
    return make_case(load(CONFIGS / f"{name}.yaml", overrides=overrides))


def flow_of(case: Case, seed: int = 0) -> Flow:
    return flows({0.0: case}, seed=seed)[0]


def from_step(case: Case, t: int) -> Case:
    """The steps after t alone, from the states that the whole network has there; of a single cell."""
    head = replace(case, arrays={**case.arrays, "x": case.arrays["x"][:t]})
    arrays = {**case.arrays, "x": case.arrays["x"][t:]}
    if t:
        outputs = head.trace().outputs
        arrays |= {"h0": outputs.h_T, "c0": outputs.c_T}
    return replace(case, arrays=arrays)


def by_nudges(case: Case, state: str, last: str) -> Floats:
    """∂last_T/∂state_0 of each sequence, (B, ·, ·): a complex step of the public forward pass."""
    columns = []
    for unit in range(case.arrays[state].shape[-1]):
        direction = np.zeros_like(case.arrays[state])
        direction[..., unit] = 1
        outputs = case.at(moved(case.arrays, {state: direction}, 1j * STEP))
        columns.append(getattr(outputs, last)[0].imag / STEP)
    return np.stack(columns, -1)


def by_differences(case: Case, state: str, last: str) -> Floats:
    """The same by central differences."""
    columns, step = [], 1e-5
    for unit in range(case.arrays[state].shape[-1]):
        direction = np.zeros_like(case.arrays[state])
        direction[..., unit] = 1
        ends = [case.at(moved(case.arrays, {state: direction}, s)) for s in (step, -step)]
        plus, minus = (getattr(outputs, last)[0] for outputs in ends)
        columns.append((plus - minus) / (2 * step))
    return np.stack(columns, -1)


@pytest.mark.parametrize("name", ONE_CELL)
def test_the_jacobian_of_a_step_is_that_of_the_forward_pass(name: str) -> None:
    case = case_of(name)
    trace, P = case.trace(), case.spec.output_size
    for s in trace.runs[KEY].steps:
        tail = from_step(case, s.t)
        one = replace(tail, arrays={**tail.arrays, "x": tail.arrays["x"][:1]})
        found = step_jacobian(trace, s)
        for rows, last in ((slice(0, P), "h_T"), (slice(P, None), "c_T")):
            for columns, state in ((slice(0, P), "h0"), (slice(P, None), "c0")):
                block = found[:, rows, columns]
                np.testing.assert_allclose(block, by_nudges(one, state, last), rtol=1e-11, atol=1e-14)
                # Truncation and rounding of a central difference with this step stay below 1e-9.
                np.testing.assert_allclose(block, by_differences(one, state, last), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ONE_CELL)
def test_every_lag_against_nudges_of_the_states(name: str) -> None:
    case = case_of(name)
    flow, T = flow_of(case), len(case.arrays["x"])
    assert list(flow.lags) == list(range(1, T + 1))
    for lag in flow.lags:
        tail = from_step(case, T - lag)
        for spectrum, state, last in ((flow.cell, "c0", "c_T"), (flow.hidden, "h0", "h_T")):
            values = np.linalg.svd(by_nudges(tail, state, last), compute_uv=False)
            assert spectrum.largest.values[lag - 1] == pytest.approx(values.max(), rel=1e-10)
            assert spectrum.median.values[lag - 1] == pytest.approx(np.median(values), rel=1e-8)


def test_forget_products_are_means_of_products() -> None:
    case = case_of("small")
    steps = case.trace().runs[KEY].steps
    for lag, told in enumerate(flow_of(case).forget_product.values, 1):
        products = [np.prod([s.f[b, unit] for s in steps[-lag:]]) for b in range(3) for unit in range(6)]
        assert told == pytest.approx(sum(products) / len(products), rel=1e-14)


def test_the_plain_network_is_a_tanh_network_of_the_same_scale() -> None:
    case = case_of("small", "lstm.hidden_size=40", "sequence.length=4")
    cell, x = case.trace().cells[KEY], case.arrays["x"]
    found = list(plain_jacobians(cell, x, 7))[::-1]
    random = generator(7, "plain rnn")

    def drawn(like: Floats, shape: tuple[int, ...]) -> Floats:
        return np.asarray(np.sqrt((like**2).mean()) * random.standard_normal(shape))

    V, Q, a = drawn(cell.W[2], (40, 4)), drawn(cell.U[2], (40, 40)), drawn(case.arrays["b_l0"][2], (40,))
    assert Q.std() == pytest.approx(cell.U[2].std(), rel=0.1)
    h = np.zeros((3, 40))
    for jacobian, now in zip(found, x, strict=True):
        for unit in np.eye(40)[:5]:
            moved = np.tanh(now @ V.T + (h + 1j * STEP * unit) @ Q.T + a).imag / STEP
            np.testing.assert_allclose(jacobian @ unit, moved, rtol=1e-10, atol=1e-14)
        h = np.tanh(now @ V.T + h @ Q.T + a)
    largest = flow_of(case, seed=7).rnn.largest.values
    assert largest[0] == pytest.approx(np.linalg.svd(found[-1], compute_uv=False).max(), rel=1e-12)


def test_a_median_that_is_told_has_three_digits() -> None:
    """Against exact rational arithmetic on the same Jacobians: nothing below the rounding is told."""
    case = case_of("small", "lstm.hidden_size=3", "sequence.length=80", "sequence.batch=1")
    trace = case.trace()
    told = flow_of(case).cell.median.values
    exact = [[Fraction(int(a == b)) for a in range(6)] for b in range(6)]
    known = 0
    for lag, s in enumerate(reversed(trace.runs[KEY].steps), 1):
        J = [[Fraction(float(v)) for v in row] for row in step_jacobian(trace, s)[0]]
        exact = [[dot(row, [J[k][c] for k in range(6)]) for c in range(6)] for row in exact]
        if not isnan(told[lag - 1]):
            known += 1
            assert told[lag - 1] == pytest.approx(middle_of_three([row[3:] for row in exact[3:]]), rel=1e-3)
    assert 10 < known < 80


def dot(a: list[Fraction], b: list[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction())


def middle_of_three(matrix: list[list[Fraction]]) -> float:
    """The second singular value of a 3 × 3 matrix: the root of λ³ − aλ² + bλ − c between its two extremes."""
    gram = [[dot(x, y) for y in matrix] for x in matrix]
    minors = [gram[i][i] * gram[j][j] - gram[i][j] ** 2 for i, j in ((0, 1), (0, 2), (1, 2))]
    det = dot(matrix[0], cross(matrix[1], matrix[2])) ** 2
    with localcontext() as context:
        context.prec = 200
        trace = gram[0][0] + gram[1][1] + gram[2][2]
        a, b, c = (
            Decimal(v.numerator) / Decimal(v.denominator) for v in (trace, sum(minors, Fraction()), det)
        )
        root = (a * a - 3 * b).sqrt()
        low, high = b / (a + root), (a + root) / 3
        for _ in range(200):
            middle = (low * high).sqrt()
            above = ((middle - a) * middle + b) * middle > c
            low, high = (middle, high) if above else (low, middle)
        return float(middle.sqrt())


def cross(a: list[Fraction], b: list[Fraction]) -> list[Fraction]:
    return [a[i] * b[j] - a[j] * b[i] for i, j in ((1, 2), (2, 0), (0, 1))]


def test_products_of_many_steps_neither_overflow_nor_vanish() -> None:
    jacobians = [np.full((1, 1, 1), 1e-9)] * 100
    *_, (matrix, scale) = chain(jacobians)
    assert matrix.item() == 1
    assert scale.item() == pytest.approx(100 * log(1e-9))


def test_half_life_is_the_average_over_all_lags() -> None:
    assert Curve((0.5, 0.25, 0.125)).half_life == pytest.approx(1)
    assert Curve((0.9, 0.7, 0.25, nan)).half_life == pytest.approx(1.5)
    assert Curve((1.0, 2.0)).half_life == inf
    assert isnan(Curve((nan,)).half_life)


def test_a_larger_forget_bias_carries_further() -> None:
    config = load(CONFIGS / "long.yaml")
    found = flows(cases_by_bias(config, [-1.0, 0.0, 1.0, 3.0]), seed=0)
    assert [flow.forget_bias for flow in found] == [-1, 0, 1, 3]
    lives = [flow.forget_product.half_life for flow in found]
    assert lives == sorted(lives)
    assert all(flow.rnn is found[0].rnn for flow in found)


def test_a_forget_bias_is_what_the_configuration_would_have() -> None:
    config = load(CONFIGS / "small.yaml")
    (case,) = cases_by_bias(config, [1.5]).values()
    same = make_case(load(CONFIGS / "small.yaml", overrides=["lstm.forget_bias=1.5"]))
    assert all((case.arrays[name] == same.arrays[name]).all() for name in same.arrays)


@pytest.mark.parametrize(
    ("name", "overrides", "told"),
    [
        ("coupled", [], "forget gate is 1 - i"),
        ("small", ["lstm.bias=none"], "leaves no bias"),
        ("trained", [], "b_l0 comes from"),
    ],
)
def test_where_there_is_no_drawn_forget_bias_it_is_told(name: str, overrides: list[str], told: str) -> None:
    config = load(CONFIGS / f"{name}.yaml", overrides=overrides)
    with pytest.raises(LstmcheckError, match=told):
        cases_by_bias(config, [1.0])


def test_of_padded_sequences_only_the_longest_are_used() -> None:
    padded = case_of("small", "sequence.lengths=[3,5,5]")
    kept = case_of("small")
    kept = replace(
        kept,
        arrays={name: a[:, 1:] if name in ("x", "h0", "c0") else a for name, a in kept.arrays.items()},
    )
    found, wanted = flow_of(padded), flow_of(kept)
    assert (found.sequences, found.batch) == (2, 3)
    assert (found.cell, found.hidden, found.forget_product) == (
        wanted.cell,
        wanted.hidden,
        wanted.forget_product,
    )


def test_without_a_full_sequence_there_is_no_flow() -> None:
    with pytest.raises(LstmcheckError, match="no sequence lasts to step 5, the longest to 4"):
        flow_of(case_of("small", "sequence.lengths=[3,4,2]"))


def test_several_layers_show_the_first_cell() -> None:
    deep = case_of("deep-bidirectional")
    single = case_of("deep-bidirectional", "lstm.num_layers=1", "lstm.bidirectional=false")
    names = ["W_l0", "U_l0", "b_l0"]
    arrays = {name: deep.arrays[name] for name in names}
    arrays |= {"x": deep.arrays["x"], "h0": deep.arrays["h0"][:1], "c0": deep.arrays["c0"][:1]}
    assert flow_of(deep).cell == flow_of(replace(single, arrays=arrays)).cell


def test_a_network_that_overflows_is_not_known_rather_than_wrong() -> None:
    identity = "lstm.activations={gate: identity, candidate: identity, output: identity}"
    flow = flow_of(case_of("small", identity, "lstm.init_scale=1e30", "sequence.length=30"))
    assert isnan(flow.cell.largest.values[-1])
    dead = "lstm.activations={gate: relu, candidate: relu, output: relu}"
    still = flow_of(case_of("small", dead, "lstm.init_scale=1e-200"))
    assert np.isfinite(still.cell.largest.values).all()
