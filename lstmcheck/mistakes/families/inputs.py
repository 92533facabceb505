"""Mistakes in the gradients of inputs and states."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import GATES, F, G, I, O
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import inside, only_gates, read_transposed, with_array, with_cell
from lstmcheck.mistakes.mistake import Mistake, row
from lstmcheck.mistakes.needs import FORGET_GATE, MATRIX

inputs = partial(row, "inputs")


def _from_one_gate(gate: int) -> Mistake:
    k = GATES[gate]
    return inputs(
        f"hidden-from-one-gate-{k}",
        f"d_h of the previous step is taken from gate {k} alone",
        f"d_h = U_{k}ᵀ d_z_{k}",
        "d_h = Σ_k U_kᵀ d_z_k",
        *([FORGET_GATE] if gate == F else []),
        why="The derivation was done for one gate, and h looks as if it were the same in all.",
        seen="the question that the derivation begins with",
        d_h_prev=lambda b, right, s, d, d_h: right(s, only_gates(d, [gate]), d_h),
    )


class JoinedSplitWrong(Backward):
    def d_x(self, s: Step, d: Deltas) -> Numbers:
        h = super().d_h_prev(s._replace(valid=None), d, d.h)
        return np.concatenate([super().d_x(s, d), h], axis=1)[:, h.shape[1] :]

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        h = super().d_h_prev(s._replace(valid=None), d, d_h)
        joined = np.concatenate([super().d_x(s, d), h], axis=1)
        return inside(s, joined[:, : h.shape[1]], d_h)


INPUTS = (
    *map(_from_one_gate, (I, F, G, O)),
    inputs(
        "hidden-without-candidate",
        "the candidate is missing in the sum for d_h",
        "d_h = Σ_{i,f,o} U_kᵀ d_z_k",
        "d_h = Σ_{i,f,g,o} U_kᵀ d_z_k",
        why="The candidate is no gate, and the sum is over the gates.",
        d_h_prev=lambda b, right, s, d, d_h: right(s, only_gates(d, [I, F, O]), d_h),
    ),
    inputs(
        "hidden-without-output-gate",
        "the output gate is missing in the sum for d_h",
        "d_h = Σ_{i,f,g} U_kᵀ d_z_k",
        "d_h = Σ_{i,f,g,o} U_kᵀ d_z_k",
        why="The output gate is not in the equation of the cell state.",
        d_h_prev=lambda b, right, s, d, d_h: right(s, only_gates(d, [I, F, G]), d_h),
    ),
    inputs(
        "recurrent-weights-not-transposed",
        "the recurrent weights are not transposed on the way back",
        "d_h = Σ_k U_k d_z_k",
        "d_h = Σ_k U_kᵀ d_z_k",
        MATRIX,
        why="U is square, so both products fit.",
        d_h_prev=lambda b, right, s, *given: right(
            with_cell(s, U=np.stack([read_transposed(U) for U in s.cell.U])), *given
        ),
    ),
    inputs(
        "joined-split-wrong",
        "the gradient of [x, h] is split as if it were [h, x]",
        "d_h = first P columns, d_x = last D",
        "d_x = first D columns, d_h = last P",
        why="The weights are joined as [W U] in one place and as [U W] in the other.",
        seen="hipsternet b6e79b7",
        backward=JoinedSplitWrong,
    ),
    inputs(
        "input-without-output-gate",
        "the output gate is missing in the sum for d_x",
        "d_x = Σ_{i,f,g} W_kᵀ d_z_k",
        "d_x = Σ_{i,f,g,o} W_kᵀ d_z_k",
        why="The output gate is not in the equation of the cell state.",
        d_x=lambda b, right, s, d: right(s, only_gates(d, [I, F, G])),
    ),
    inputs(
        "input-other-gate-order",
        "d_x is summed with the weights in the order i, f, o, g",
        "d_x = … + W_oᵀ d_z_g + W_gᵀ d_z_o",
        "d_x = … + W_gᵀ d_z_g + W_oᵀ d_z_o",
        why="The stacked weights of another library were used in one place.",
        d_x=lambda b, right, s, d: right(with_cell(s, W=s.cell.W[[I, F, O, G]]), d),
    ),
    inputs(
        "initial-hidden-zero",
        "the gradient of h0 is returned as zero",
        "d_h0 = 0",
        "d_h0 = d_h after the first step",
        why="Initial states are zero in training, so nobody asks for their gradient.",
        seen="Flux#2185",
        gradients=lambda b, right, upstream: with_array(right(upstream), "h0", lambda d_h0: 0 * d_h0),
    ),
    inputs(
        "initial-cell-zero",
        "the gradient of c0 is returned as zero",
        "d_c0 = 0",
        "d_c0 = d_c after the first step",
        why="Initial states are zero in training, so nobody asks for their gradient.",
        seen="Flux#2185",
        gradients=lambda b, right, upstream: with_array(right(upstream), "c0", lambda d_c0: 0 * d_c0),
    ),
)
