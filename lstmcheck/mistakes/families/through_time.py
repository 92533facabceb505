"""Mistakes in what a step passes to the one before it, and in what arrives at the end."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step, Trace
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import inside, with_array, with_steps
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import (
    LOSS_ON_CELL,
    LOSS_ON_HIDDEN,
    LOSS_ON_OUTPUTS,
    OUTPUT_NOT_IDENTITY,
    THREE_STEPS,
    TWO_STEPS,
)
from lstmcheck.mistakes.neighbouring_steps import followed, is_first, is_last, neighbour

time = partial(row, "time")


def _is_cut_off(b: Backward, s: Step) -> bool:
    """Whether the chain is cut behind this step: the first of several gets nothing from the second."""
    return is_first(b, s) and not is_last(b, s)


class CellCarryNextForget(Backward):
    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        following = neighbour(self, s, 1)
        return super().d_c_prev(s if following is None else s._replace(f=following.f), d, d_c)


class TruncatedAfterTwo(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        found = super().d_h_prev(s, d, d_h)
        return inside(s, 0 * found, found) if self.cut_behind(s) else found

    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        found = super().d_c_prev(s, d, d_c)
        return inside(s, 0 * found, found) if self.cut_behind(s) else found

    def cut_behind(self, s: Step) -> bool:
        steps_from_end = s.t + 1 if s.cell.key[1] else len(self.trace.x) - s.t
        return neighbour(self, s, -1) is not None and steps_from_end % 2 == 0


class AdjointComposedForwards(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_steps(self.trace, order=-1)


THROUGH_TIME = (
    time(
        "no-recurrence",
        "d_h and d_c are never passed to the previous step",
        "d_h = d_y,  d_c = d_m ∘ o ∘ output'(c_t)",
        "d_h = d_y + d_h from step t+1,  d_c = d_c from step t+1 + d_m ∘ o ∘ output'(c_t)",
        TWO_STEPS,
        why="Each step on its own is right, and a test of one step passes.",
        seen="a course notebook's published answers of 2018; CaptainE/RNN-LSTM-in-numpy#1",
        d_h_total=lambda b, right, s, d_y, d_h: right(s, d_y, np.where(followed(b, s), 0, d_h)),
        d_c_total=lambda b, right, s, d_c: right(s, np.where(followed(b, s), 0, d_c)),
    ),
    time(
        "hidden-carry-dropped",
        "d_h is set to zero before the previous step",
        "d_h = 0",
        "d_h = Σ_k U_kᵀ d_z_k",
        why="The cell state looks like the only path through time.",
        seen="AiDotNet#722",
        d_h_prev=lambda b, right, s, d, d_h: inside(s, 0 * right(s, d, d_h), d_h),
    ),
    time(
        "cell-carry-dropped",
        "d_c is overwritten where it should be added to",
        "d_c = d_m ∘ o ∘ output'(c_t)",
        "d_c += d_m ∘ o ∘ output'(c_t)",
        TWO_STEPS,
        why="The line that computes d_c reads like its definition.",
        seen="mxnet#4057, cthorey/CS231#1, nicodjimenez/lstm PR#49",
        d_c_total=lambda b, right, s, d_c: 0 * right(s, d_c),
    ),
    time(
        "hidden-carry-doubled",
        "the d_h of the next step is added twice",
        "d_h = d_y + 2 d_h",
        "d_h = d_y + d_h",
        TWO_STEPS,
        why="It is added once where it is made and once where it is used.",
        seen="javaidnabi31/RNN-from-scratch#2",
        d_h_total=lambda b, right, s, d_y, d_h: right(s, d_y, np.where(followed(b, s), 2 * d_h, d_h)),
    ),
    time(
        "cell-carry-doubled",
        "the d_c of the next step is added twice",
        "d_c = 2 d_c + d_m ∘ o ∘ output'(c_t)",
        "d_c = d_c + d_m ∘ o ∘ output'(c_t)",
        TWO_STEPS,
        why="It is added once where it is made and once where it is used.",
        seen="javaidnabi31/RNN-from-scratch#2",
        d_c_total=lambda b, right, s, d_c: right(s, np.where(followed(b, s), 2 * d_c, d_c)),
    ),
    time(
        "gates-ignore-cell-carry",
        "i, f and g take d_c without what the next step passed back",
        "d_z_i, d_z_f, d_z_g from d_m ∘ o ∘ output'(c_t)",
        "d_z_i, d_z_f, d_z_g from the whole d_c",
        TWO_STEPS,
        why="The carry is kept for the previous step, and looks as if it concerned no gate of this one.",
        seen="learn_dl",
        deltas=lambda b, right, s, d_h, d_c: replace(
            right(s, d_h, d_c), z=right(s, d_h, np.zeros_like(d_c)).z
        ),
    ),
    time(
        "cell-carry-without-forget",
        "d_c goes back without the forget gate",
        "d_c_prev = d_c",
        "d_c_prev = d_c ∘ f",
        why="The error carousel is said to have weight one.",
        seen="nicodjimenez/lstm 70564ea, hipsternet 79fc8c9",
        d_c_prev=lambda b, right, s, d, d_c: right(s._replace(f=np.ones_like(s.f)), d, d_c),
    ),
    time(
        "cell-carry-wrong-gate",
        "d_c goes back through the input gate",
        "d_c_prev = d_c ∘ i",
        "d_c_prev = d_c ∘ f",
        why="i and f stand side by side in c_t = f ∘ c + i ∘ g.",
        d_c_prev=lambda b, right, s, d, d_c: right(s._replace(f=s.i), d, d_c),
    ),
    time(
        "cell-carry-next-forget",
        "d_c goes back through the forget gate of the next step",
        "d_c_prev = d_c ∘ f_{t+1}",
        "d_c_prev = d_c ∘ f_t",
        TWO_STEPS,
        why="Papers write the carry of step t with f_{t+1}, because their d_c has not passed it yet.",
        seen="indexing of the carry in papers",
        backward=CellCarryNextForget,
    ),
    time(
        "cell-carry-before-output-derivative",
        "the carried d_c is multiplied by the derivative of the output activation",
        "d_c = (d_c + d_m ∘ o) ∘ output'(c_t)",
        "d_c = d_c + d_m ∘ o ∘ output'(c_t)",
        TWO_STEPS,
        OUTPUT_NOT_IDENTITY,
        why="Adding first and multiplying once is one operation less.",
        seen="hipsternet 563de65",
        d_c=lambda b, right, s, d_m, d_z_o, d_c: right(s, d_m, d_z_o, d_c * s.cell.output.derivative(s.c)),
    ),
    time(
        "final-cell-gradient-ignored",
        "the gradient of the last cell state is taken as zero",
        "d_c = 0 at the end",
        "d_c = ∂L/∂c_T at the end",
        LOSS_ON_CELL,
        why="Most losses read outputs only, and then it is zero.",
        seen="dl4j#8838, xma f15adc90, Paddle#5115",
        cell=lambda b, right, key, d_y, d_h, d_c: right(key, d_y, d_h, 0 * d_c),
    ),
    time(
        "final-hidden-gradient-ignored",
        "the gradient of the last h as a state is taken as zero",
        "d_h = 0 at the end",
        "d_h = ∂L/∂h_T at the end",
        LOSS_ON_HIDDEN,
        why="The last output has a gradient already, so a second one looks like the same.",
        seen="dl4j#8838, xma f15adc90, Paddle#5115",
        cell=lambda b, right, key, d_y, d_h, d_c: right(key, d_y, 0 * d_h, d_c),
    ),
    time(
        "output-gradient-ignored",
        "the gradients of the outputs are not used, only those of the last states",
        "d_h = d_h from step t+1",
        "d_h = d_y + d_h from step t+1",
        LOSS_ON_OUTPUTS,
        why="With a loss on the last state only it makes no difference.",
        seen="pytorch#96416",
        d_h_total=lambda b, right, s, d_y, d_h: right(s, 0 * d_y, d_h),
    ),
    time(
        "only-last-output-gradient",
        "of the outputs' gradients only the last step's is used",
        "d_h = d_y at the last step, nothing before",
        "d_h += d_y at every step",
        TWO_STEPS,
        LOSS_ON_OUTPUTS,
        why="A classifier of sequences needs no other.",
        seen="Halfish/cs231n#4",
        d_h_total=lambda b, right, s, d_y, d_h: right(s, np.where(followed(b, s), 0, d_y), d_h),
    ),
    time(
        "truncated-by-one",
        "the chain through time is cut before the first step",
        "d_h = d_y,  no d_c at the first step",
        "d_h and d_c from the second step arrive at the first",
        TWO_STEPS,
        why="A loop bound is off by one.",
        seen="MyGrad#4",
        d_h_total=lambda b, right, s, d_y, d_h: right(s, d_y, 0 * d_h if _is_cut_off(b, s) else d_h),
        d_c_total=lambda b, right, s, d_c: right(s, 0 * d_c if _is_cut_off(b, s) else d_c),
    ),
    time(
        "truncated-bptt-2",
        "the chain through time is cut after every second step",
        "d_h = 0, d_c = 0 after two steps",
        "d_h and d_c go back to the first step",
        THREE_STEPS,
        why="Truncation saves memory in training, but the check is of the whole sequence.",
        seen="ML-From-Scratch",
        backward=TruncatedAfterTwo,
    ),
    time(
        "averaged-over-time",
        "the parameters' gradients are divided by the number of steps",
        "d_W = 1/T Σ_t d_z xᵀ, and so on",
        "d_W = Σ_t d_z xᵀ",
        TWO_STEPS,
        why="The parameters are shared by all steps, and sharing suggests a mean.",
        seen="datascience.SE 30850",
        parameter_terms=lambda b, right, s, d: {
            block: term / len(b.trace.x) for block, term in right(s, d).items()
        },
    ),
    time(
        "input-gradient-time-reversed",
        "d_x comes in the order of the backward loop",
        "d_x[T−1−t]",
        "d_x[t]",
        TWO_STEPS,
        why="The backward loop appends the last step first.",
        seen="onnx2c#95, tensorflow#39635",
        gradients=lambda b, right, upstream: with_array(right(upstream), "x", lambda d_x: d_x[::-1]),
    ),
    time(
        "adjoint-composed-forwards",
        "the backward loop runs from the first step to the last",
        "for t = 0 … T−1",
        "for t = T−1 … 0",
        TWO_STEPS,
        why="It is the loop of the forward pass, copied.",
        seen="axon#646",
        backward=AdjointComposedForwards,
    ),
)
