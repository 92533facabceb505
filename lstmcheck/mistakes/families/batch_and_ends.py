"""Mistakes of one sequence's place in the batch, of the ends of time, and of what is added at last."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Outputs, Step, Trace
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import inside
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import FORGET_GATE, LOSS_ON_OUTPUTS, OTHER_WIDTHS, TWO_SEQUENCES, TWO_STEPS
from lstmcheck.mistakes.neighbouring_steps import is_first

ends = partial(row, "ends")
DECAY = 0.01
"""Of the weights, where the catalogue plants it: as often as not it is another."""


class CarriesOfTheSequenceBefore(Backward):
    def cell(
        self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers
    ) -> tuple[Numbers, Numbers, Numbers]:
        given = d_h, d_c
        passed = super().cell(key, d_y, d_h, d_c)
        # The carries of sequence n are known once those of n − 1 are.
        for _ in d_h[1:]:
            d_h, d_c = (
                np.concatenate([upstream[:1], left[:-1]])
                for upstream, left in zip(given, passed[1:], strict=True)
            )
            passed = super().cell(key, d_y, d_h, d_c)
        return passed


class LastStepSkipped(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        # Of a single step nothing would be left to sum.
        runs = {
            key: run._replace(steps=run.steps[:-1]) if len(run.steps) > 1 else run
            for key, run in self.trace.runs.items()
        }
        self.trace = replace(self.trace, runs=runs)


class JoinedSplitWrong(Backward):
    def d_x(self, s: Step, d: Deltas) -> Numbers:
        x = super().d_x(s, d)
        h = super().d_h_prev(s._replace(valid=None), d, d.h)
        return np.concatenate([h, x], axis=1)[:, : x.shape[1]]

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        x = super().d_x(s, d)
        h = super().d_h_prev(s._replace(valid=None), d, d_h)
        return inside(s, np.concatenate([h, x], axis=1)[:, x.shape[1] :], d_h)


class WeightDecayAdded(Backward):
    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        found = super().gradients(upstream)
        for key, cell in self.trace.cells.items():
            for block in "WU":
                found[array_name(block, *key)] += DECAY * getattr(cell, block)
        return found


def _of_the_last_sequence(s: Step, d: Deltas) -> tuple[Step, Deltas]:
    last = Deltas(d.h[-1:], d.m[-1:], d.c[-1:], d.z[:, -1:])
    return s._replace(x=s.x[-1:], h_prev=s.h_prev[-1:]), last


BATCH_AND_ENDS = (
    ends(
        "weights-last-sequence-only",
        "the weights' gradients are those of the last sequence",
        "d_W = Σ_t d_z xᵀ of the last sequence, d_U likewise",
        "d_W, d_U summed over the batch",
        TWO_SEQUENCES,
        why="The sums are set to zero within the loop over sequences, and not before it.",
        d_W=lambda b, right, s, d: right(*_of_the_last_sequence(s, d)),
        d_U=lambda b, right, s, d: right(*_of_the_last_sequence(s, d)),
    ),
    ends(
        "carries-of-the-sequence-before",
        "every sequence begins with the carries that the one before left",
        "d_h, d_c = those left by sequence b − 1 at the end",
        "d_h, d_c = ∂L/∂h_T, ∂L/∂c_T at the end",
        TWO_SEQUENCES,
        why="They are set once, before the loop over sequences.",
        backward=CarriesOfTheSequenceBefore,
    ),
    ends(
        "output-gradient-time-reversed",
        "the gradients of the outputs are read from the first to the last",
        "d_y[T−1−t]",
        "d_y[t]",
        TWO_STEPS,
        LOSS_ON_OUTPUTS,
        why="Of the two lists that go into one loop backwards, one was not turned.",
        cell=lambda b, right, key, d_y, d_h, d_c: right(key, d_y[::-1], d_h, d_c),
    ),
    ends(
        "output-gradient-one-step-late",
        "every step takes the output gradient of the step after, the last one none",
        "d_y[t + 1]",
        "d_y[t]",
        TWO_STEPS,
        LOSS_ON_OUTPUTS,
        why="An index that begins at zero is used for a list that begins at one.",
        cell=lambda b, right, key, d_y, d_h, d_c: right(
            key, np.concatenate([d_y[1:], np.zeros_like(d_y[:1])]), d_h, d_c
        ),
    ),
    ends(
        "last-step-skipped",
        "the backward loop begins with the last step but one",
        "for t = T−2 … 0",
        "for t = T−1 … 0",
        TWO_STEPS,
        why="range(T − 2, −1, −1) leaves out T − 1.",
        backward=LastStepSkipped,
    ),
    ends(
        "hidden-carry-accumulated",
        "d_h is added to the d_h that was carried before, where it takes its place",
        "d_h = d_h + Σ_k U_kᵀ d_z_k",
        "d_h = Σ_k U_kᵀ d_z_k",
        why="Gradients are accumulated in all other lines.",
        d_h_prev=lambda b, right, s, d, d_h: inside(s, right(s, d, d_h) + d_h, d_h),
    ),
    ends(
        "cell-carry-accumulated",
        "d_c is added to the d_c that was carried before, where it takes its place",
        "d_c_prev = d_c_next + d_c ∘ f",
        "d_c_prev = d_c ∘ f",
        why="Gradients are accumulated in all other lines.",
        d_c_prev=lambda b, right, s, d, d_c: inside(s, right(s, d, d_c) + d_c, d_c),
    ),
    ends(
        "initial-cell-without-forget",
        "c0's gradient is returned before it goes through the first step's forget gate",
        "d_c0 = d_c of the first step",
        "d_c0 = d_c ∘ f of the first step",
        FORGET_GATE,
        TWO_STEPS,
        why="With the carry written as d_c ∘ f_{t+1}, the first step's f is nobody's.",
        seen="indexing of the carry in papers",
        d_c_prev=lambda b, right, s, d, d_c: right(
            s._replace(f=np.ones_like(s.f)) if is_first(b, s) else s, d, d_c
        ),
    ),
    ends(
        "joined-split-wrong-xh",
        "the gradient of [h, x] is split as if it were [x, h]",
        "d_x = first D columns, d_h = last P",
        "d_h = first P columns, d_x = last D",
        OTHER_WIDTHS,
        why="The weights are joined as [U W] in one place and as [W U] in the other.",
        backward=JoinedSplitWrong,
    ),
    ends(
        "weight-decay-added",
        f"a decay of the weights is added to their gradients, here {DECAY:g} times each",
        f"d_W + {DECAY:g} W, d_U + {DECAY:g} U",
        "d_W, d_U",
        why="It belongs to the update, and is added where the gradient is made.",
        backward=WeightDecayAdded,
    ),
)
