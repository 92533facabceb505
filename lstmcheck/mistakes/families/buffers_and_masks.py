"""Mistakes of memory that changes behind one's back, and of sequences of unequal length."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs, Step, Trace
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import with_first_step, with_masks
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import BIDIRECTIONAL, LENGTHS, LOSS_ON_CELL, LOSS_ON_HIDDEN, UNSORTED_LENGTHS

memory = partial(row, "memory")


class CachedViewOverwritten(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_first_step(self.trace, "final")


class LengthsOfNeighbours(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_masks(self.trace, lambda valid: np.roll(valid, 1, axis=0))


class PaddingDifferentiated(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_masks(self.trace, np.ones_like)


class ReverseStartsInPadding(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_masks(self.trace, np.ones_like, reverse_only=True)


class SortedBatchNotUndone(Backward):
    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        assert self.trace.valid is not None
        falling = np.argsort(-self.trace.valid[..., 0].sum(0), kind="stable")
        d_h, d_c = upstream.h_T[:, falling], upstream.c_T[:, falling]
        return super().gradients(upstream._replace(h_T=d_h, c_T=d_c))


def _masked(s: Step, gradient: Numbers) -> Numbers:
    return gradient if s.valid is None else np.where(s.valid, gradient, 0)


BUFFERS_AND_MASKS = (
    memory(
        "cached-view-overwritten",
        "the cached initial cell state is a view, and the forward pass writes over it",
        "c_prev at the first step = c_T",
        "c_prev at the first step = c0",
        why="The state is updated in place, and slicing an array copies nothing.",
        seen="a course forum, 67533",
        backward=CachedViewOverwritten,
    ),
    memory(
        "carry-kept-between-calls",
        "the d_c that the last call ended with starts this one",
        "d_c = ∂L/∂c_T + d_c of the last call at the end",
        "d_c = ∂L/∂c_T at the end",
        why="The buffer is allocated once and never cleared; the first call is right.",
        seen="darknet",
        cell=lambda b, right, key, d_y, d_h, d_c: right(key, d_y, d_h, d_c + right(key, d_y, d_h, d_c)[2]),
    ),
    memory(
        "masked-output-only",
        "past a sequence's end only the output is masked, and the gradients of the states are lost",
        "d_h = Σ_k U_kᵀ d_z_k,  d_c_prev = d_c ∘ f past the end",
        "d_h, d_c carried through unchanged past the end",
        LENGTHS,
        LOSS_ON_HIDDEN,
        why="The outputs look right: they are zero where they should be.",
        seen="theano_lstm#22",
        d_h_prev=lambda b, right, s, d, d_h: right(s._replace(valid=None), d, d_h),
        d_c_prev=lambda b, right, s, d, d_c: right(s._replace(valid=None), d, d_c),
    ),
    memory(
        "mask-not-on-hidden-gradient",
        "past a sequence's end d_y is masked and d_h is not",
        "d_h = mask ∘ d_y + d_h",
        "d_h = mask ∘ (d_y + d_h)",
        LENGTHS,
        LOSS_ON_HIDDEN,
        why="The mask is known as something that the loss has.",
        d_h_total=lambda b, right, s, d_y, d_h: right(s, d_y, 0 * d_h) + d_h,
    ),
    memory(
        "mask-forgets-hidden",
        "past a sequence's end d_h is set to zero, and not carried through",
        "d_h_prev = mask ∘ Σ_k U_kᵀ d_z_k",
        "d_h_prev = mask ∘ Σ_k U_kᵀ d_z_k + (1 − mask) ∘ d_h",
        LENGTHS,
        LOSS_ON_HIDDEN,
        why="A mask is multiplied with, and the other half of it is forgotten.",
        d_h_prev=lambda b, right, s, d, d_h: _masked(s, right(s, d, d_h)),
    ),
    memory(
        "mask-forgets-cell",
        "past a sequence's end d_c is set to zero, and not carried through",
        "d_c_prev = mask ∘ d_c ∘ f",
        "d_c_prev = mask ∘ d_c ∘ f + (1 − mask) ∘ d_c",
        LENGTHS,
        LOSS_ON_CELL,
        why="A mask is multiplied with, and the other half of it is forgotten.",
        d_c_prev=lambda b, right, s, d, d_c: _masked(s, right(s, d, d_c)),
    ),
    memory(
        "padding-differentiated",
        "the backward pass has no mask: steps past a sequence's end count as all others",
        "d_h, d_c through every step",
        "d_h, d_c carried through unchanged past the end",
        LENGTHS,
        why="The forward pass masks what it puts out, and that looks like enough.",
        backward=PaddingDifferentiated,
    ),
    memory(
        "reverse-starts-in-padding",
        "the reverse direction's backward pass has no mask: it goes on into the padding",
        "d_h, d_c of the reverse direction through every step",
        "d_h, d_c carried through unchanged past the end",
        LENGTHS,
        BIDIRECTIONAL,
        why="Padding lies at the end, where the forward direction needs no mask to get its outputs right.",
        backward=ReverseStartsInPadding,
    ),
    memory(
        "lengths-of-neighbours",
        "the backward pass masks each sequence with the length of its neighbour",
        "mask of sequence b − 1",
        "mask of sequence b",
        UNSORTED_LENGTHS,
        why="Sequences are sorted by length in one place, and their lengths are not.",
        backward=LengthsOfNeighbours,
    ),
    memory(
        "sorted-batch-not-undone",
        "the gradients of the last states are read in the order of falling lengths",
        "d_h[order], d_c[order] at the end",
        "d_h, d_c at the end",
        UNSORTED_LENGTHS,
        LOSS_ON_HIDDEN,
        why="Packing sorts the batch, and the outputs are sorted back but not the upstream gradients.",
        backward=SortedBatchNotUndone,
    ),
)
