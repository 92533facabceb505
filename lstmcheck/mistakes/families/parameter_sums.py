"""Mistakes in what a step adds to the parameters' gradients, and in how they are returned."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Trace
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.parameters import array_name, parameter_arrays
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import with_array, with_first_step, with_steps
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import BIAS, SAME_WIDTHS, TWO_SEQUENCES, TWO_STEPS
from lstmcheck.mistakes.neighbouring_steps import is_first, is_last, steps_of

parameters = partial(row, "parameters")

CellGradients = tuple[Numbers, Numbers, Numbers]

OVERWRITES = "Written for one step, the line was moved into the loop unchanged."


class StalePreviousState(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_first_step(self.trace, "second")


class FirstStepSkipped(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_steps(self.trace, skip=1)

    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> CellGradients:
        passed = super().cell(key, d_y, d_h, d_c)
        # Of a single step nothing is left: the sums stay at zero, and other mistakes read them.
        own = (info for info in parameter_arrays(self.spec) if (info.layer, info.reverse) == key)
        self.found = {info.name: np.zeros(info.shape) for info in own} | self.found
        return passed


class BlocksSwappedInputRecurrent(Backward):
    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> CellGradients:
        passed = super().cell(key, d_y, d_h, d_c)
        W, U = (self.found[array_name(block, *key)].copy() for block in "WU")
        if W.shape == U.shape:
            W[I], U[I] = U[I].copy(), W[I].copy()
            self.found |= {array_name("W", *key): W, array_name("U", *key): U}
        return passed


PARAMETER_SUMS = (
    parameters(
        "input-weights-last-step-only",
        "the input weights' gradient counts the last step only",
        "d_W = d_z xᵀ at t = T−1",
        "d_W = Σ_t d_z xᵀ",
        TWO_STEPS,
        why="The sum was put after the loop's first pass, which is the last step.",
        seen="learn_dl",
        d_W=lambda b, right, s, d: right(s, d) * is_last(b, s),
    ),
    parameters(
        "input-weights-overwritten",
        "the input weights' gradient is overwritten at every step",
        "d_W = d_z xᵀ",
        "d_W += d_z xᵀ",
        TWO_STEPS,
        why=OVERWRITES,
        seen="learn_dl",
        d_W=lambda b, right, s, d: right(s, d) * is_first(b, s),
    ),
    parameters(
        "recurrent-weights-last-step-only",
        "the recurrent weights' gradient counts the last step only",
        "d_U = d_z hᵀ at t = T−1",
        "d_U = Σ_t d_z hᵀ",
        TWO_STEPS,
        why="The sum was put after the loop's first pass, which is the last step.",
        seen="learn_dl",
        d_U=lambda b, right, s, d: right(s, d) * is_last(b, s),
    ),
    parameters(
        "bias-last-step-only",
        "the bias's gradient counts the last step only",
        "d_b = d_z at t = T−1",
        "d_b = Σ_t d_z",
        BIAS,
        TWO_STEPS,
        why="The sum was put after the loop's first pass, which is the last step.",
        d_b=lambda b, right, s, d: right(s, d) * is_last(b, s),
    ),
    parameters(
        "recurrent-weights-overwritten",
        "the recurrent weights' gradient is overwritten at every step",
        "d_U = d_z hᵀ",
        "d_U += d_z hᵀ",
        TWO_STEPS,
        why=OVERWRITES,
        seen="learn_dl",
        d_U=lambda b, right, s, d: right(s, d) * is_first(b, s),
    ),
    parameters(
        "bias-overwritten",
        "the bias's gradient is overwritten at every step",
        "d_b = d_z",
        "d_b += d_z",
        BIAS,
        TWO_STEPS,
        why=OVERWRITES,
        seen="learn_dl",
        d_b=lambda b, right, s, d: right(s, d) * is_first(b, s),
    ),
    parameters(
        "recurrent-weights-use-new-hidden",
        "the recurrent weights' gradient uses h_t",
        "d_U += d_z h_tᵀ",
        "d_U += d_z h_{t−1}ᵀ",
        why="The loop's variable h is the newest one.",
        seen="Neuron#181, zero_to_gpt#9",
        d_U=lambda b, right, s, d: right(s._replace(h_prev=s.h), d),
    ),
    parameters(
        "recurrent-weights-wrap-around",
        "the first step's previous h is the last one, by the index −1",
        "h[−1] at t = 0",
        "h0 at t = 0",
        why="h[t − 1] raises no error at t = 0: it is the last element.",
        seen="a university notebook",
        d_U=lambda b, right, s, d: right(s._replace(h_prev=steps_of(b, s)[-1].h) if is_first(b, s) else s, d),
    ),
    parameters(
        "stale-previous-state",
        "at the first step the previous states are those of the second step",
        "h_prev, c_prev of t = 1 at t = 0",
        "h0, c0 at t = 0",
        TWO_STEPS,
        why="A pointer to the previous state is moved one step too late.",
        seen="darknet",
        backward=StalePreviousState,
    ),
    parameters(
        "first-step-skipped",
        "the backward loop stops before the first step",
        "for t = T−1 … 1",
        "for t = T−1 … 0",
        why="range(T − 1, 0, −1) leaves out 0.",
        backward=FirstStepSkipped,
    ),
    parameters(
        "bias-no-batch-sum",
        "the bias's gradient is assigned sequence by sequence, so the last one stays",
        "d_b = d_z of the last sequence",
        "d_b = Σ_batch d_z",
        BIAS,
        TWO_SEQUENCES,
        why="With one sequence there is nothing to sum.",
        seen="Neuron#181",
        d_b=lambda b, right, s, d: right(s, Deltas(d.h, d.m, d.c, d.z[:, -1:])),
    ),
    parameters(
        "bias-batch-mean",
        "the bias's gradient is averaged over the batch",
        "d_b = mean_batch d_z",
        "d_b = Σ_batch d_z",
        BIAS,
        TWO_SEQUENCES,
        why="mean gives the right shape as well as sum.",
        seen="Neuron#181",
        d_b=lambda b, right, s, d: right(s, d) / len(s.x),
    ),
    parameters(
        "bias-first-sample",
        "the bias's gradient is that of the first sequence",
        "d_b = d_z of the first sequence",
        "d_b = Σ_batch d_z",
        BIAS,
        TWO_SEQUENCES,
        why="d_z[0] has the bias's shape.",
        seen="Neuron#181",
        d_b=lambda b, right, s, d: right(s, Deltas(d.h, d.m, d.c, d.z[:, :1])),
    ),
    parameters(
        "weights-batch-mean",
        "the weights' gradients are averaged over the batch, the others are not",
        "d_W / B, d_U / B",
        "d_W, d_U summed over the batch",
        TWO_SEQUENCES,
        why="The matrix product sums already, and 1/B was put behind it to be safe.",
        seen="Neuron#181",
        d_W=lambda b, right, s, d: right(s, d) / len(s.x),
        d_U=lambda b, right, s, d: right(s, d) / len(s.x),
    ),
    parameters(
        "bias-doubled",
        "one bias gets twice the gradient",
        "d_b += 2 d_z",
        "d_b += d_z; of two biases each once",
        BIAS,
        why="Two biases stand in the equation, and their gradients were both added to one.",
        parameter_terms=lambda b, right, s, d: with_array(
            right(s, d), "b_hh" if b.spec.bias == "two" else "b", lambda d_b: 2 * d_b
        ),
    ),
    parameters(
        "copied-gate",
        "the biases of i and o get the forget gate's gradient",
        "d_b_i += d_z_f,  d_b_o += d_z_f",
        "d_b_i += d_z_i,  d_b_o += d_z_o",
        BIAS,
        why="The line was copied for each gate and one letter was not changed.",
        seen="learn_dl#53",
        d_b=lambda b, right, s, d: right(s, d)[[F, F, G, F]],
    ),
    parameters(
        "copied-gate-weights",
        "the input weights of i and o get the forget gate's gradient",
        "d_W_i += d_z_f xᵀ,  d_W_o += d_z_f xᵀ",
        "d_W_i += d_z_i xᵀ,  d_W_o += d_z_o xᵀ",
        why="The line was copied for each gate and one letter was not changed.",
        seen="learn_dl#53",
        d_W=lambda b, right, s, d: right(s, d)[[F, F, G, F]],
    ),
    parameters(
        "blocks-swapped",
        "the gradients of W_i and W_o are returned in each other's place",
        "d_W_i as W_o's, d_W_o as W_i's",
        "each as its own",
        why="A tuple of results was unpacked in another order.",
        seen="learn_dl",
        d_W=lambda b, right, s, d: right(s, d)[[O, F, G, I]],
    ),
    parameters(
        "blocks-swapped-input-recurrent",
        "the gradients of W_i and U_i are returned in each other's place",
        "d_W_i as U_i's, d_U_i as W_i's",
        "each as its own",
        SAME_WIDTHS,
        why="A tuple of results was unpacked in another order.",
        seen="learn_dl",
        backward=BlocksSwappedInputRecurrent,
    ),
)
