"""Mistakes in a helper, an index or a limit that several gates, or all quantities, share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step, Trace
from lstmcheck.lstm.gates import GATES, F, G, I, O
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import with_cell, with_derivative
from lstmcheck.mistakes.families.clipped_carries import clipped_carries
from lstmcheck.mistakes.families.gate_derivatives import Slip, wrong_derivative
from lstmcheck.mistakes.mistake import Mistake, WrongTerm, row, with_terms
from lstmcheck.mistakes.needs import (
    BIAS,
    CANDIDATE_CURVED,
    CANDIDATE_DERIVATIVE,
    FORGET_GATE,
    GATE_CURVED,
    GATE_DERIVATIVE,
    LOSS_ON_OUTPUTS,
    NO_PROJECTION,
    RANDOM_STATES,
    TWO_STEPS,
)
from lstmcheck.mistakes.neighbouring_steps import neighbour, steps_of

shared = partial(row, "shared")
SIGMOIDS = (I, F, O)

SLIPS: dict[str, tuple[str, str, str, str, Slip, bool]] = {
    "derivative-twice": (
        "derivative is taken at the activation, which is taken for z",
        "σ(k)(1 − σ(k)), k being the gate",
        "1 − tanh² g",
        "The helper expects z, and is handed the activation.",
        lambda activation, value, is_gate: activation.derivative(value),
        True,
    ),
    "derivative-missing": (
        "derivative is missing",
        "1",
        "1",
        "The gradient of the gate is taken for that of its pre-activation.",
        lambda activation, value, is_gate: np.ones_like(value),
        False,
    ),
    "activation-instead-of-derivative": (
        "activation stands where its derivative belongs",
        "k, the gate itself",
        "g",
        "The forward helper was called where the backward helper was meant.",
        lambda activation, value, is_gate: value,
        False,
    ),
    "wrong-activation-derivative": (
        "derivative is that of the other activation",
        "1 − k², k being the gate",
        "g(1 − g)",
        "One helper serves both, and knows one of them.",
        lambda activation, value, is_gate: 1 - value**2 if is_gate else value * (1 - value),
        True,
    ),
}
"""What is wrong, of a sigmoid, of the candidate, why, what stands there, whether that needs a curve."""


def _slipped(gates: tuple[int, ...], slip: Slip) -> type[Backward]:
    terms: dict[str, WrongTerm] = {}
    for gate in gates:
        terms |= wrong_derivative(gate, slip)
    return with_terms(terms)


def _helpers() -> Iterator[Mistake]:
    for name, (what, sigmoid, candidate, why, slip, curved) in SLIPS.items():
        needs = (GATE_CURVED, CANDIDATE_CURVED) if curved else (GATE_DERIVATIVE, CANDIDATE_DERIVATIVE)
        yield shared(
            f"{name}-sigmoid-gates",
            f"of all sigmoid gates the {what}",
            f"d_z_k = … ∘ {sigmoid}; k = i, f, o",
            "d_z_k = … ∘ gate'(z_k), for the sigmoid k(1 − k)",
            needs[0],
            why=why,
            seen="several; one helper for all gates",
            backward=_slipped(SIGMOIDS, slip),
        )
        yield shared(
            f"{name}-all-gates",
            f"of all gates and the candidate the {what}",
            f"d_z_k = … ∘ {sigmoid}; for g {candidate}",
            "d_z_k = … ∘ gate'(z_k), d_z_g = … ∘ candidate'(z_g)",
            *needs,
            why=why,
            seen="several; one helper for all gates",
            backward=_slipped((I, F, G, O), slip),
        )


def _biased(gates: tuple[int, ...], other: int) -> type[Backward]:
    """Derivatives of some gates at pre-activations with another gate's bias."""

    def of(gate: int) -> WrongTerm:
        def wrong(b: Backward, right: WrongTerm, s: Step, gradient: Numbers) -> Numbers:
            z = s.z[gate] if s.cell.b is None else s.z[gate] - s.cell.b[gate] + s.cell.b[other]
            found: Numbers = right(with_derivative(s, "gate", s.cell.gate.derivative(z)), gradient)
            return found

        return wrong

    return with_terms({f"d_z_{GATES[gate]}": of(gate) for gate in gates})


def _biases() -> Iterator[Mistake]:
    why = "The pre-activation is computed once more, by a line that was copied."
    for other in SIGMOIDS:
        j, gates = GATES[other], tuple(gate for gate in SIGMOIDS if gate != other)
        letters = " and ".join(GATES[gate] for gate in gates)
        yield shared(
            f"derivative-with-bias-of-{j}",
            f"the derivatives of {letters} are taken at pre-activations with the bias of {j}",
            f"gate'(W_k x + U_k h + b_{j})",
            "gate'(W_k x + U_k h + b_k)",
            BIAS,
            GATE_CURVED,
            FORGET_GATE,
            why=why,
            seen="numpy-ml#42",
            backward=_biased(gates, other),
        )
        for gate in gates:
            k = GATES[gate]
            yield shared(
                f"derivative-with-bias-of-{j}-{k}",
                f"the derivative of {k} is taken at a pre-activation with the bias of {j}",
                f"gate'(W_{k} x + U_{k} h + b_{j})",
                f"gate'(W_{k} x + U_{k} h + b_{k})",
                BIAS,
                GATE_CURVED,
                FORGET_GATE,
                why=why,
                backward=_biased((gate,), other),
            )


def _activation_gradients(b: Backward, s: Step, d: Deltas) -> Deltas:
    """With the gradients of the gates in the place of those of their pre-activations."""
    z = np.zeros_like(d.z)
    z[I] = d.c * (s.g - s.c_prev if b.spec.coupled else s.g)
    if not b.spec.coupled:
        z[F] = d.c * s.c_prev
    z[G], z[O] = d.c * s.i, d.m * b.output_of_cell(s)
    return replace(d, z=z)


class _CellsMoved(Backward):
    """Every cell state is that of another step; beyond the ends there is the first or the last one."""

    distance: int

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        runs = {}
        for key, run in self.trace.runs.items():
            states = [run.steps[0].c_prev, *(s.c for s in run.steps)] if run.steps else []
            last = len(states) - 1

            def at(n: int, states: list[Numbers] = states, last: int = last) -> Numbers:
                return states[min(max(n + self.distance, 0), last)]

            steps = tuple(s._replace(c_prev=at(n), c=at(n + 1)) for n, s in enumerate(run.steps))
            runs[key] = run._replace(steps=steps)
        self.trace = replace(self.trace, runs=runs)


class CellsOneStepEarly(_CellsMoved):
    distance = -1


class CellsOneStepLate(_CellsMoved):
    distance = 1


def _older(b: Backward, s: Step) -> Step:
    before = neighbour(b, s, -1)
    return s if before is None else s._replace(h_prev=before.h_prev)


def _mirrored(b: Backward, s: Step, *letters: str) -> Step:
    steps = steps_of(b, s)
    position = next(n for n, step in enumerate(steps) if step.t == s.t)
    other = steps[len(steps) - 1 - position]
    return s._replace(**{letter: getattr(other, letter) for letter in letters})


SHARED_HELPERS = (
    *_helpers(),
    *_biases(),
    *clipped_carries(),
    shared(
        "hidden-from-activations",
        "d_h is made of the gates' gradients, without their derivatives",
        "d_h = Σ_k U_kᵀ d_k, k = i, f, g, o",
        "d_h = Σ_k U_kᵀ d_z_k",
        GATE_DERIVATIVE,
        why="The names di and dz_i differ in one letter.",
        seen="a small vanilla implementation",
        d_h_prev=lambda b, right, s, d, d_h: right(s, _activation_gradients(b, s, d), d_h),
    ),
    shared(
        "input-from-activations",
        "d_x is made of the gates' gradients, without their derivatives",
        "d_x = Σ_k W_kᵀ d_k, k = i, f, g, o",
        "d_x = Σ_k W_kᵀ d_z_k",
        GATE_DERIVATIVE,
        why="The names di and dz_i differ in one letter.",
        d_x=lambda b, right, s, d: right(s, _activation_gradients(b, s, d)),
    ),
    shared(
        "hidden-carry-without-weights",
        "d_h is the sum of the gates' gradients, without the recurrent weights",
        "d_h = Σ_k d_z_k",
        "d_h = Σ_k U_kᵀ d_z_k",
        NO_PROJECTION,
        why="The shapes fit, because h and z are equally wide.",
        seen="evelyne96",
        d_h_prev=lambda b, right, s, d, d_h: right(
            with_cell(s, U=np.broadcast_to(np.eye(d.z.shape[-1]), s.cell.U.shape)), d, d_h
        ),
    ),
    shared(
        "cells-one-step-early",
        "every cell state is read one step too early",
        "c_{t−1} for c_t, c_{t−2} for c_{t−1}",
        "c_t, c_{t−1}",
        RANDOM_STATES,
        why="The list of states begins with c0, so that index t is already the previous one.",
        seen="CaptainE/RNN-LSTM-in-numpy",
        backward=CellsOneStepEarly,
    ),
    shared(
        "cells-one-step-late",
        "every cell state is read one step too late",
        "c_{t+1} for c_t, c_t for c_{t−1}",
        "c_t, c_{t−1}",
        TWO_STEPS,
        why="The list of states does not begin with c0, as that of h does.",
        backward=CellsOneStepLate,
    ),
    shared(
        "recurrent-weights-use-older-hidden",
        "the recurrent weights' gradient uses h_{t−2}",
        "d_U += d_z h_{t−2}ᵀ",
        "d_U += d_z h_{t−1}ᵀ",
        TWO_STEPS,
        why="The list of states begins with h0, and the index is moved all the same.",
        d_U=lambda b, right, s, d: right(_older(b, s), d),
    ),
    shared(
        "recurrent-weights-time-reversed",
        "the recurrent weights' gradient pairs d_z with h in the reverse order",
        "d_U = Σ_t d_z_t h_{T−2−t}ᵀ",
        "d_U = Σ_t d_z_t h_{t−1}ᵀ",
        TWO_STEPS,
        why="One list was filled by the forward loop, the other by the backward loop.",
        d_U=lambda b, right, s, d: right(_mirrored(b, s, "h_prev"), d),
    ),
    shared(
        "input-weights-time-reversed",
        "the input weights' gradient pairs d_z with x in the reverse order",
        "d_W = Σ_t d_z_t x_{T−1−t}ᵀ",
        "d_W = Σ_t d_z_t x_tᵀ",
        TWO_STEPS,
        why="One list was filled by the forward loop, the other by the backward loop.",
        d_W=lambda b, right, s, d: right(_mirrored(b, s, "x"), d),
    ),
    shared(
        "output-gradient-one-step-early",
        "every step takes the output gradient of the step before, the first that of the last",
        "d_y[t − 1]",
        "d_y[t]",
        TWO_STEPS,
        LOSS_ON_OUTPUTS,
        NO_PROJECTION,
        why="An index that begins at one is used for a list that begins at zero.",
        seen="MarkusHohle",
        cell=lambda b, right, key, d_y, d_h, d_c: right(key, np.roll(d_y, 1, axis=0), d_h, d_c),
    ),
    shared(
        "gate-gradients-never-written",
        "the gradients of the pre-activations are never written to their buffer",
        "d_z = 0",
        "d_z_k = … in each gate",
        why="The buffer is allocated, and the results go into a copy.",
        seen="thinc",
        deltas=lambda b, right, *given: (lambda d: replace(d, z=0 * d.z))(right(*given)),
    ),
    shared(
        "gradients-never-written",
        "every gradient is returned as zero",
        "0",
        "∂L/∂θ",
        why="The buffers are allocated, and the results go into copies.",
        seen="thinc",
        gradients=lambda b, right, upstream: {name: 0 * a for name, a in right(upstream).items()},
    ),
)
