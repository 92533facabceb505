"""Mistakes of memory that changes behind one's back, and of sequences of unequal length."""

from __future__ import annotations

from functools import partial

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Trace
from lstmcheck.mistakes.alterations import with_first_step
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import LENGTHS, LOSS_ON_HIDDEN

memory = partial(row, "memory")


class CachedViewOverwritten(Backward):
    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.trace = with_first_step(self.trace, "final")


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
)
