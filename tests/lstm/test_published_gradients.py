"""The backward pass reproduces what a course has published, and a known mistake what it published wrongly."""

from __future__ import annotations

from typing import Any

import numpy as np
from published import agrees, published

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs, Step, forward
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Floats, Numbers

COURSE = published("course")
D, H, BATCH = 3, 5, 10
DRAWN_IN_ORDER = "fioc"
OUR_GATES = {"i": 0, "f": 1, "c": 2, "o": 3}
WEIGHTS = (("f", 3, 1), ("i", 1, 2), ("c", 3, 1), ("o", 1, 2))
"""Gate, row and column of the published entries of the weights' gradients."""
STEPS, DIFFERENTIATED = 7, 4
"""The course's own call: seven steps forward, and the backward pass over the first four."""


def drawn_weights(draw: Any) -> dict[str, Floats]:
    """The course's weights (H, H + D) and biases (H, 1), drawn gate by gate, in our arrays."""
    W, U, b = np.empty((4, H, D)), np.empty((4, H, H)), np.empty((4, H))
    for gate in DRAWN_IN_ORDER:
        joined, bias = draw(H, H + D), draw(H, 1)
        k = OUR_GATES[gate]
        U[k], W[k], b[k] = joined[:, :H], joined[:, H:], bias[:, 0]
    return {"W_l0": W, "U_l0": U, "b_l0": b}


def joined(found: dict[str, Numbers], gate: str) -> Numbers:
    """Our gradient of a gate's weights as the course has it: [a_prev, x] side by side."""
    k = OUR_GATES[gate]
    return np.concatenate([found["U_l0"][k], found["W_l0"][k]], axis=1)


def weights_named_as_in_the_course(found: dict[str, Numbers]) -> dict[str, Numbers]:
    picked = {f"dW{gate}[{row}][{column}]": joined(found, gate)[row, column] for gate, row, column in WEIGHTS}
    return picked | {f"db{gate}[4]": found["b_l0"][OUR_GATES[gate], 4] for gate in OUR_GATES}


def cell_gradients() -> dict[str, Numbers]:
    """One step, by the names of the published table."""
    draw = np.random.RandomState(1).randn
    x, a_prev, c_prev = draw(D, BATCH), draw(H, BATCH), draw(H, BATCH)
    weights = drawn_weights(draw)
    draw(2, H), draw(2, 1)  # the output layer's, which the step does not use
    d_a, d_c = draw(H, BATCH), draw(H, BATCH)
    arrays = weights | {"x": x.T[None], "h0": a_prev.T[None], "c0": c_prev.T[None]}
    upstream = Outputs(np.zeros((1, BATCH, H)), d_a.T[None], d_c.T[None])
    found = Backward(forward(LstmSpec(D, H), arrays)).gradients(upstream)
    return weights_named_as_in_the_course(found) | {
        "dxt[1][2]": found["x"][0, 2, 1],
        "da_prev[2][3]": found["h0"][0, 3, 2],
        "dc_prev[2][3]": found["c0"][0, 3, 2],
    }


def sequence_gradients(backward: type[Backward]) -> dict[str, Numbers]:
    """The first steps of a sequence, by the names of the published table."""
    draw = np.random.RandomState(1).randn
    x, a0 = draw(D, BATCH, STEPS), draw(H, BATCH)
    weights = drawn_weights(draw)
    d_a = draw(H, BATCH, DIFFERENTIATED)
    arrays = weights | {
        "x": x.transpose(2, 1, 0)[:DIFFERENTIATED],
        "h0": a0.T[None],
        "c0": np.zeros((1, BATCH, H)),
    }
    nothing = np.zeros((1, BATCH, H))
    upstream = Outputs(d_a.transpose(2, 1, 0), nothing, nothing)
    found = backward(forward(LstmSpec(D, H), arrays)).gradients(upstream)
    return weights_named_as_in_the_course(found) | {
        "dx[1][2]": found["x"][:, 2, 1],
        "da0[2][3]": found["h0"][0, 3, 2],
    }


class NoRecurrence(Backward):
    """Nothing is passed to the previous step."""

    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        return d_y

    def d_c_total(self, s: Step, d_c: Numbers) -> Numbers:
        return np.zeros_like(d_c)


def disagreeing(ours: dict[str, Numbers], table: dict[str, Any]) -> list[str]:
    assert ours.keys() == table.keys()
    return [name for name, printed in table.items() if not agrees(ours[name], printed)]


def test_gradients_of_a_step_to_the_printed_digits() -> None:
    assert disagreeing(cell_gradients(), COURSE["cell"]) == []


def test_gradients_of_a_sequence_to_the_printed_digits() -> None:
    assert disagreeing(sequence_gradients(Backward), COURSE["sequence"]) == []


def test_what_was_published_in_2018_is_a_backward_pass_without_recurrence() -> None:
    table = COURSE["sequence, as published in 2018"]
    assert disagreeing(sequence_gradients(NoRecurrence), table) == []
    assert set(disagreeing(sequence_gradients(Backward), table)) == set(table)
