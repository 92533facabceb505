"""Mistakes that people make in one gate or another: the same slip, made once for each gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import F, G, I, O, Step
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.mistakes.families.alterations import with_derivative
from lstmcheck.mistakes.mistake import Family
from lstmcheck.mistakes.needs import (
    CANDIDATE_CURVED,
    CANDIDATE_DERIVATIVE,
    FORGET_GATE,
    GATE_CURVED,
    GATE_DERIVATIVE,
    Need,
)

GATES = Family("gates")
LETTERS = "ifgo"
Slip = Callable[[Step, int], Floats]
"""From a step and a gate to what stands in the place of its derivative."""


def activation_of(s: Step, gate: int) -> Numbers:
    """The gate's value."""
    return (s.i, s.f, s.g, s.o)[gate]


def wrong_derivative(gate: int, slip: Slip) -> type[Backward]:
    """A backward pass with `slip` in the place of one gate's derivative."""
    name = f"d_z_{LETTERS[gate]}"

    def wrong(self: Backward, s: Step, gradient: Numbers) -> Numbers:
        values = slip(s, gate)
        found: Numbers = getattr(super(made, self), name)(with_derivative(s, gate, values), gradient)
        return found

    made = type(f"Wrong_{name}", (Backward,), {name: wrong})
    return made


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


def _add(gate: int) -> None:
    k = LETTERS[gate]
    what, derivative = ("candidate", f"candidate'(z_{k})") if gate == G else ("sigmoid", f"gate'(z_{k})")
    own = f"{k}(1 − {k})" if gate != G else "1 − g²"
    twice = "1 − tanh² g" if gate == G else f"σ({k})(1 − σ({k}))"
    right = f"… ∘ {derivative}, for {'tanh' if gate == G else 'the sigmoid'} {own}"
    GATES(
        f"{what}-derivative-twice-{k}",
        f"the derivative of gate {k} is taken at {k}, which is the activation already",
        f"… ∘ {twice}",
        right,
        *_of_gate(gate, curved=True),
        why="A helper that expects z is handed the activation.",
        seen="arunmallya#6, a university notebook",
    )(wrong_derivative(gate, _again))
    GATES(
        f"{what}-instead-of-derivative-{k}",
        f"gate {k} itself stands where its derivative belongs",
        f"… ∘ {k}",
        right,
        *_of_gate(gate, curved=False),
        why="The forward function was called where the backward function was meant.",
        seen="CaptainE/RNN-LSTM-in-numpy PR#2",
    )(wrong_derivative(gate, _itself))
    GATES(
        f"{what}-derivative-missing-{k}",
        f"the derivative of gate {k} is missing",
        f"d_z_{k} = … ∘ 1",
        right,
        *_of_gate(gate, curved=False),
        why=f"The gradient of {k} is taken for the gradient of z_{k}.",
    )(wrong_derivative(gate, _none))
    GATES(
        f"wrong-activation-derivative-{k}",
        f"gate {k} has the derivative of the other activation",
        f"… ∘ {'g(1 − g)' if gate == G else f'(1 − {k}²)'}",
        right,
        *_of_gate(gate, curved=True),
        why="One line was copied from the candidate to a gate, or the other way.",
    )(wrong_derivative(gate, _other_kind))


for _gate in (I, F, G, O):
    _add(_gate)
