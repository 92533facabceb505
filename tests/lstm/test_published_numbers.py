"""The forward pass reproduces what courses and libraries have published."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from published import agrees, published

from lstmcheck.lstm.forward import Outputs, forward
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Floats

CS231N, KERAS = published("cs231n"), published("keras")
CS231N_ORDER, OURS = "ifog", "ifgo"
FLOAT32 = float(np.finfo(np.float32).eps)
"""Keras computed in single precision: eight digits were printed, not all of them are right."""


def ramp(start: float, stop: float, *shape: int) -> Floats:
    return np.linspace(start, stop, int(np.prod(shape))).reshape(shape)


def rows_by_gate(columns: Floats, order: str) -> Floats:
    """(n, 4H) with the gates side by side in `order` → ours, (4, H, n)."""
    n = len(columns)
    gates = columns.reshape(n, 4, -1).transpose(1, 2, 0)
    return gates[[order.index(gate) for gate in OURS]]


def cs231n_arrays(Wx: Floats, Wh: Floats, b: Floats, order: str) -> dict[str, Floats]:
    return {
        "W_l0": rows_by_gate(Wx, order),
        "U_l0": rows_by_gate(Wh, order),
        "b_l0": rows_by_gate(b[None], order)[..., 0],
    }


def cs231n_step(order: str) -> Outputs:
    N, D, H = 3, 4, 5
    arrays = cs231n_arrays(
        ramp(-2.1, 1.3, D, 4 * H), ramp(-0.7, 2.2, H, 4 * H), ramp(0.3, 0.7, 4 * H), order
    ) | {"x": ramp(-0.4, 1.2, 1, N, D), "h0": ramp(-0.3, 0.7, 1, N, H), "c0": ramp(-0.4, 0.9, 1, N, H)}
    return forward(LstmSpec(D, H), arrays).outputs


def cs231n_sequence(order: str) -> Outputs:
    N, D, H, T = 2, 5, 4, 3
    arrays = cs231n_arrays(
        ramp(-0.2, 0.9, D, 4 * H), ramp(-0.3, 0.6, H, 4 * H), ramp(0.2, 0.7, 4 * H), order
    ) | {
        "x": ramp(-0.4, 0.6, N, T, D).swapaxes(0, 1),
        "h0": ramp(-0.4, 0.8, 1, N, H),
        "c0": np.zeros((1, N, H)),
    }
    return forward(LstmSpec(D, H), arrays).outputs


def reproduces_cs231n(order: str) -> bool:
    step, sequence = cs231n_step(order), cs231n_sequence(order)
    return (
        agrees(step.h_T[0], CS231N["step"]["next_h"])
        and agrees(step.c_T[0], CS231N["step"]["next_c"])
        and agrees(sequence.y.swapaxes(0, 1), CS231N["sequence"]["h"])
    )


def test_of_all_gate_orders_only_the_declared_one_reproduces_cs231n() -> None:
    orders = ["".join(order) for order in permutations(OURS)]
    assert [order for order in orders if reproduces_cs231n(order)] == [CS231N_ORDER]


def keras(
    x: Floats, units: int, *, bias: float | None = 0.03, forget: float = 1.0, **given: Any
) -> tuple[Floats, Floats]:
    """Outputs (B, T, units) and last outputs of the tests' constant weights, for x (B, T, D)."""
    B, _, D = x.shape
    arrays = {
        "W_l0": np.full((4, units, D), 0.01),
        "U_l0": np.full((4, units, units), 0.02),
        "x": x.swapaxes(0, 1),
        "h0": np.zeros((1, B, units)),
        "c0": np.zeros((1, B, units)),
    }
    if bias is not None:
        arrays["b_l0"] = np.full((4, units), bias)
        arrays["b_l0"][OURS.index("f")] = forget
    if "state" in given:
        arrays["h0"] = arrays["c0"] = given["state"][None]
    spec = LstmSpec(D, units, bias="none" if bias is None else "one")
    outputs = forward(spec, arrays, given.get("lengths")).outputs
    return outputs.y.swapaxes(0, 1), outputs.h_T[0]


def counted(*shape: int) -> Floats:
    return np.arange(float(np.prod(shape))).reshape(shape)


def agrees_with_keras(ours: Floats, name: str) -> bool:
    """Within the rounding of single precision: about ten operations for each of up to six steps."""
    printed = np.array(KERAS[name], float)
    return bool((np.abs(ours - printed) <= 10 * 6 * FLOAT32 * np.abs(printed)).all())


SEQUENCE = counted(3, 6, 4)
BACKWARDS = SEQUENCE[:, ::-1]


@pytest.mark.parametrize(
    ("name", "x", "biases"),
    [
        ("default", SEQUENCE, {}),
        ("go_backwards", BACKWARDS, {}),
        ("no unit_forget_bias", SEQUENCE, {"forget": 0.03}),
        ("no bias", SEQUENCE, {"bias": None}),
    ],
)
def test_keras_last_outputs(name: str, x: Floats, biases: dict[str, Any]) -> None:
    _, last = keras(x, 3, **biases)
    assert np.ptp(last, axis=1).max() == 0, "equal weights make equal units"
    assert agrees_with_keras(last[:, 0], name)


@pytest.mark.parametrize("backwards", [False, True])
def test_keras_initial_state(backwards: bool) -> None:
    x = counted(2, 4, 3)
    _, last = keras(x[:, ::-1] if backwards else x, 2, state=counted(2, 2))
    assert agrees_with_keras(last, "initial state" + ", go_backwards" * backwards)


def test_keras_mask_carries_the_state_and_empties_the_output() -> None:
    """Keras repeats the last output past a sequence's end, or puts zeros there if asked to, as we do."""
    lengths = np.array([3, 2])
    outputs, last = keras(counted(2, 4, 3), 2, lengths=lengths)
    assert agrees_with_keras(last, "mask")
    for sequence, (name, end) in enumerate(zip(["first", "second"], lengths, strict=True)):
        repeated = np.where(np.arange(4) < end, outputs[sequence, :, 0], last[sequence, 0])
        assert agrees_with_keras(repeated, f"mask, {name} sequence")
        assert not outputs[sequence, end:].any()
