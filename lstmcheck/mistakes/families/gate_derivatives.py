"""Mistakes that people make in one gate or another: the same slip, made once for each gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import F, G, I, O, Step
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.mistakes.families.alterations import with_derivative
from lstmcheck.mistakes.mistake import Mistake, WrongTerm, row, with_terms
from lstmcheck.mistakes.needs import (
    CANDIDATE_CURVED,
    CANDIDATE_DERIVATIVE,
    FORGET_GATE,
    GATE_CURVED,
    GATE_DERIVATIVE,
    Need,
)

gates = partial(row, "gates")
LETTERS = "ifgo"
Slip = Callable[[Step, int], Floats]
"""From a step and a gate to what stands in the place of its derivative."""


def activation_of(s: Step, gate: int) -> Numbers:
    """The gate's value."""
    return (s.i, s.f, s.g, s.o)[gate]


def _wrong_derivative(gate: int, slip: Slip) -> type[Backward]:
    """A backward pass with `slip` in the place of one gate's derivative."""
    activation = "candidate" if gate == G else "gate"

    def wrong(b: Backward, right: WrongTerm, s: Step, gradient: Numbers) -> Numbers:
        values: Numbers = right(with_derivative(s, activation, slip(s, gate)), gradient)
        return values

    return with_terms({f"d_z_{LETTERS[gate]}": wrong})


def _again(s: Step, gate: int) -> Floats:
    activation = s.cell.candidate if gate == G else s.cell.gate
    return activation.derivative(activation_of(s, gate))


def _none(s: Step, gate: int) -> Floats:
    return np.ones_like(activation_of(s, gate))


def _itself(s: Step, gate: int) -> Floats:
    return activation_of(s, gate)


def _other_kind(s: Step, gate: int) -> Floats:
    v = activation_of(s, gate)
    return np.asarray(v * (1 - v) if gate == G else 1 - v**2)


def _of_gate(gate: int, curved: bool) -> Iterator[Need]:
    if gate == G:
        yield CANDIDATE_CURVED if curved else CANDIDATE_DERIVATIVE
    else:
        yield GATE_CURVED if curved else GATE_DERIVATIVE
    if gate == F:
        yield FORGET_GATE


def _mistakes(gate: int) -> Iterator[Mistake]:
    k = LETTERS[gate]
    what, derivative = ("candidate", f"candidate'(z_{k})") if gate == G else ("sigmoid", f"gate'(z_{k})")
    formula = f"{k}(1 − {k})" if gate != G else "1 − g²"
    twice = "1 − tanh² g" if gate == G else f"σ({k})(1 − σ({k}))"
    right = f"… ∘ {derivative}, for {'tanh' if gate == G else 'the sigmoid'} {formula}"
    yield gates(
        f"{what}-derivative-twice-{k}",
        f"the derivative of gate {k} is taken at {k}, which is the activation already",
        f"… ∘ {twice}",
        right,
        *_of_gate(gate, curved=True),
        why="A helper that expects z is handed the activation.",
        seen="arunmallya#6, a university notebook",
        backward=_wrong_derivative(gate, _again),
    )
    yield gates(
        f"{what}-instead-of-derivative-{k}",
        f"gate {k} itself stands where its derivative belongs",
        f"… ∘ {k}",
        right,
        *_of_gate(gate, curved=False),
        why="The forward function was called where the backward function was meant.",
        seen="CaptainE/RNN-LSTM-in-numpy PR#2",
        backward=_wrong_derivative(gate, _itself),
    )
    yield gates(
        f"{what}-derivative-missing-{k}",
        f"the derivative of gate {k} is missing",
        f"d_z_{k} = … ∘ 1",
        right,
        *_of_gate(gate, curved=False),
        why=f"The gradient of {k} is taken for the gradient of z_{k}.",
        backward=_wrong_derivative(gate, _none),
    )
    yield gates(
        f"wrong-activation-derivative-{k}",
        f"gate {k} has the derivative of the other activation",
        f"… ∘ {'g(1 − g)' if gate == G else f'(1 − {k}²)'}",
        right,
        *_of_gate(gate, curved=True),
        why="One line was copied from the candidate to a gate, or the other way.",
        backward=_wrong_derivative(gate, _other_kind),
    )


GATE_DERIVATIVES = tuple(mistake for gate in (I, F, G, O) for mistake in _mistakes(gate))
