"""Mistakes that people make in one gate or another: the same slip, made once for each gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from lstmcheck.lstm.activations import Activation
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import GATES as LETTERS
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.mistakes.alterations import with_derivative
from lstmcheck.mistakes.mistake import Mistake, WrongTerm, row, with_terms
from lstmcheck.mistakes.needs import (
    CANDIDATE_CURVED,
    CANDIDATE_DERIVATIVE,
    FORGET_GATE,
    GATE_CURVED,
    GATE_DERIVATIVE,
)

gates = partial(row, "gates")
Slip = Callable[[Activation, Floats, bool], Floats]
"""From an activation, its value, and whether it is that of a gate, to what stands in the place of its
derivative."""


def wrong_derivative(gate: int, slip: Slip) -> dict[str, WrongTerm]:
    """The term with `slip` in the place of one gate's derivative, by its method."""
    name = "candidate" if gate == G else "gate"

    def wrong(b: Backward, right: WrongTerm, s: Step, gradient: Numbers) -> Numbers:
        values = slip(getattr(s.cell, name), (s.i, s.f, s.g, s.o)[gate], gate != G)
        found: Numbers = right(with_derivative(s, name, values), gradient)
        return found

    return {f"d_z_{LETTERS[gate]}": wrong}


def _with_slip(gate: int, slip: Slip) -> type[Backward]:
    return with_terms(wrong_derivative(gate, slip))


def _mistakes(gate: int) -> Iterator[Mistake]:
    k = LETTERS[gate]
    what, derivative = ("candidate", f"candidate'(z_{k})") if gate == G else ("sigmoid", f"gate'(z_{k})")
    formula = f"{k}(1 − {k})" if gate != G else "1 − g²"
    twice = "1 − tanh² g" if gate == G else f"σ({k})(1 − σ({k}))"
    needs = (FORGET_GATE,) if gate == F else ()
    nonzero, curved = (
        (CANDIDATE_DERIVATIVE, CANDIDATE_CURVED) if gate == G else (GATE_DERIVATIVE, GATE_CURVED)
    )
    right = f"… ∘ {derivative}, for {'tanh' if gate == G else 'the sigmoid'} {formula}"
    yield gates(
        f"{what}-derivative-twice-{k}",
        f"the derivative of gate {k} is taken at {k}, which is the activation already",
        f"… ∘ {twice}",
        right,
        curved,
        *needs,
        why="A helper that expects z is handed the activation.",
        seen="arunmallya#6, a university notebook",
        backward=_with_slip(gate, lambda activation, value, is_gate: activation.derivative(value)),
    )
    yield gates(
        f"{what}-instead-of-derivative-{k}",
        f"gate {k} itself stands where its derivative belongs",
        f"… ∘ {k}",
        right,
        nonzero,
        *needs,
        why="The forward function was called where the backward function was meant.",
        seen="CaptainE/RNN-LSTM-in-numpy PR#2",
        backward=_with_slip(gate, lambda activation, value, is_gate: value),
    )
    yield gates(
        f"{what}-derivative-missing-{k}",
        f"the derivative of gate {k} is missing",
        f"d_z_{k} = … ∘ 1",
        right,
        nonzero,
        *needs,
        why=f"The gradient of {k} is taken for the gradient of z_{k}.",
        backward=_with_slip(gate, lambda activation, value, is_gate: np.ones_like(value)),
    )
    yield gates(
        f"wrong-activation-derivative-{k}",
        f"gate {k} has the derivative of the other activation",
        f"… ∘ {'g(1 − g)' if gate == G else f'(1 − {k}²)'}",
        right,
        curved,
        *needs,
        why="One line was copied from the candidate to a gate, or the other way.",
        backward=_with_slip(gate, lambda activation, v, is_gate: 1 - v**2 if is_gate else v * (1 - v)),
    )


GATE_DERIVATIVES = tuple(mistake for gate in (I, F, G, O) for mistake in _mistakes(gate))
