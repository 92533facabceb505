"""Mistakes in the derivatives inside one step."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import F, G, I
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import with_derivative
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import (
    FORGET_GATE,
    GATE_DERIVATIVE,
    OUTPUT_CURVED,
    OUTPUT_NOT_IDENTITY,
    RANDOM_STATES,
    TWO_STEPS,
)
from lstmcheck.mistakes.neighbouring_steps import neighbour

local = partial(row, "local")


# A term replaced altogether is a class: what does not call `super` hides other mistakes in that term.


class OutputGateUsesCell(Backward):
    def output_of_cell(self, s: Step) -> Numbers:
        return s.c


class OutputGateUsesOldCell(Backward):
    def output_of_cell(self, s: Step) -> Numbers:
        return s.c_prev


class OutputGateUsesOldOutput(Backward):
    def output_of_cell(self, s: Step) -> Numbers:
        return s.cell.squash(s.c_prev)


class DerivativeBindsToOneTerm(Backward):
    def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        d, own = super().deltas(s, d_h, d_c), super().deltas(s, d_h, np.zeros_like(d_c))
        z = own.z.copy()
        z[I] += d_c * (s.g - s.c_prev if self.spec.coupled else s.g)
        if not self.spec.coupled:
            z[F] += d_c * s.c_prev
        z[G] += d_c * s.i
        return replace(d, z=z)


class ForgetUsesOlderCell(Backward):
    def d_z_f(self, s: Step, d_c: Numbers) -> Numbers:
        before = neighbour(self, s, -1)
        return super().d_z_f(s if before is None else s._replace(c_prev=before.c_prev), d_c)


ONE_STEP = (
    local(
        "output-gate-uses-cell",
        "the output gate's gradient uses the cell state before its activation",
        "d_z_o = d_m ∘ c_t ∘ gate'(z_o)",
        "d_z_o = d_m ∘ output(c_t) ∘ gate'(z_o)",
        OUTPUT_NOT_IDENTITY,
        why="c_t is what was stored; output(c_t) has to be computed once more.",
        backward=OutputGateUsesCell,
    ),
    local(
        "output-gate-uses-old-cell",
        "the output gate's gradient uses the previous cell state",
        "d_z_o = d_m ∘ c_{t−1} ∘ gate'(z_o)",
        "d_z_o = d_m ∘ output(c_t) ∘ gate'(z_o)",
        why="The input and forget gates' lines do read the previous state.",
        backward=OutputGateUsesOldCell,
    ),
    local(
        "output-gate-uses-old-output",
        "the output gate's gradient uses the output of the previous cell state",
        "d_z_o = d_m ∘ output(c_{t−1}) ∘ gate'(z_o)",
        "d_z_o = d_m ∘ output(c_t) ∘ gate'(z_o)",
        OUTPUT_NOT_IDENTITY,
        why="The previous state is what the other gates' lines read.",
        backward=OutputGateUsesOldOutput,
    ),
    local(
        "cell-from-output-gate",
        "d_c takes the output gate's own gradient in the place of that of its product",
        "d_c += d_z_o ∘ output'(c_t)",
        "d_c += d_m ∘ o ∘ output'(c_t)",
        why="It is computed one line before, and its name differs in one letter.",
        d_c=lambda b, right, s, d_m, d_z_o, d_c: right(s._replace(o=np.ones_like(s.o)), d_z_o, d_z_o, d_c),
    ),
    local(
        "output-path-missing",
        "the output gate gets no gradient",
        "d_z_o = 0",
        "d_z_o = d_m ∘ output(c_t) ∘ gate'(z_o)",
        why="The derivation follows the cell state, which does not contain o.",
        d_z_o=lambda b, right, s, d_m: 0 * right(s, d_m),
    ),
    local(
        "output-derivative-twice",
        "output' is taken at output(c_t)",
        "output'(output(c_t)), for tanh 1 − tanh²(tanh c_t)",
        "output'(c_t), for tanh 1 − tanh² c_t",
        OUTPUT_CURVED,
        why="A helper that expects c_t is handed the stored output(c_t).",
        seen="a university notebook, Neuron#181",
        d_c=lambda b, right, s, *given: right(
            with_derivative(s, "output", s.cell.output.derivative(b.output_of_cell(s))), *given
        ),
    ),
    local(
        "output-derivative-of-raw-cell",
        "the derivative formula for activations is fed the cell state",
        "1 − c_t²",
        "output'(c_t), for tanh 1 − tanh² c_t",
        why="For g the formula 1 − g² is right, because g is the activation already.",
        d_c=lambda b, right, s, *given: right(with_derivative(s, "output", 1 - s.c**2), *given),
    ),
    local(
        "output-derivative-at-old-cell",
        "output' is taken at the previous cell state",
        "output'(c_{t−1})",
        "output'(c_t)",
        OUTPUT_CURVED,
        why="In the loop over time both states are at hand, and the names differ in one letter.",
        d_c=lambda b, right, s, *given: right(
            with_derivative(s, "output", s.cell.output.derivative(s.c_prev)), *given
        ),
    ),
    local(
        "output-derivative-missing",
        "the derivative of the output activation is missing",
        "d_c += d_m ∘ o",
        "d_c += d_m ∘ o ∘ output'(c_t)",
        OUTPUT_NOT_IDENTITY,
        why="Some LSTMs have no output activation.",
        d_c=lambda b, right, s, *given: right(with_derivative(s, "output", np.ones_like(s.c)), *given),
    ),
    local(
        "input-gate-uses-itself",
        "the input gate's gradient has i where g belongs",
        "d_z_i = d_c ∘ i ∘ gate'(z_i)",
        "d_z_i = d_c ∘ g ∘ gate'(z_i)",
        why="The product rule crosses the factors over, and it is easily not crossed.",
        seen="Neuron#181",
        d_z_i=lambda b, right, s, d_c: right(s._replace(g=s.i), d_c),
    ),
    local(
        "candidate-uses-itself",
        "the candidate's gradient has g where i belongs",
        "d_z_g = d_c ∘ g ∘ candidate'(z_g)",
        "d_z_g = d_c ∘ i ∘ candidate'(z_g)",
        why="The product rule crosses the factors over, and it is easily not crossed.",
        d_z_g=lambda b, right, s, d_c: right(s._replace(i=s.g), d_c),
    ),
    local(
        "forget-gate-uses-itself",
        "the forget gate's gradient has f where c_{t−1} belongs",
        "d_z_f = d_c ∘ f ∘ gate'(z_f)",
        "d_z_f = d_c ∘ c_{t−1} ∘ gate'(z_f)",
        FORGET_GATE,
        why="The product rule crosses the factors over, and it is easily not crossed.",
        d_z_f=lambda b, right, s, d_c: right(s._replace(c_prev=s.f), d_c),
    ),
    local(
        "derivative-binds-to-one-term",
        "the gate's derivative multiplies one of two terms, for want of brackets",
        "d_z_i = d_c ∘ g + (d_m ∘ o ∘ output') ∘ g ∘ gate'(z_i); f and g likewise",
        "d_z_i = (d_c + d_m ∘ o ∘ output') ∘ g ∘ gate'(z_i)",
        GATE_DERIVATIVE,
        TWO_STEPS,
        why="Everything is written in one long line.",
        seen="learn2deeplearn#44",
        backward=DerivativeBindsToOneTerm,
    ),
    local(
        "forget-uses-new-cell",
        "the forget gate's gradient uses the new cell state",
        "d_z_f = d_c ∘ c_t ∘ gate'(z_f)",
        "d_z_f = d_c ∘ c_{t−1} ∘ gate'(z_f)",
        FORGET_GATE,
        why="In the code both are called c.",
        seen="forums, a university notebook",
        d_z_f=lambda b, right, s, d_c: right(s._replace(c_prev=s.c), d_c),
    ),
    local(
        "forget-uses-older-cell",
        "the forget gate's gradient uses the cell state before the previous one",
        "d_z_f = d_c ∘ c_{t−2} ∘ gate'(z_f)",
        "d_z_f = d_c ∘ c_{t−1} ∘ gate'(z_f)",
        FORGET_GATE,
        TWO_STEPS,
        RANDOM_STATES,
        why="The list of states begins with c0, so index t is already the previous one.",
        seen="a university notebook",
        backward=ForgetUsesOlderCell,
    ),
    local(
        "candidate-sign",
        "the candidate's gradient has the wrong sign",
        "d_z_g = −d_c ∘ i ∘ candidate'(z_g)",
        "d_z_g = d_c ∘ i ∘ candidate'(z_g)",
        why="1 − g² was written as g² − 1.",
        d_z_g=lambda b, right, s, d_c: -right(s, d_c),
    ),
)
