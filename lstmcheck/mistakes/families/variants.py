"""Mistakes in peepholes, coupled gates and projection."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstmcheck.mistakes.alterations import only_gates, read_transposed, with_cell
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import COUPLED, FORGET_GATE, MATRIX, PEEPHOLE, PROJECTION

variants = partial(row, "variants")


VARIANTS = (
    variants(
        "peephole-output-uses-old-cell",
        "the output gate's peephole gets the previous cell state",
        "d_p_o += d_z_o ∘ c_{t−1}",
        "d_p_o += d_z_o ∘ c_t",
        PEEPHOLE,
        why="The other two peepholes do read the previous state.",
        d_p=lambda b, right, s, d: right(s._replace(c=s.c_prev), d),
    ),
    variants(
        "peephole-output-not-in-cell",
        "the path from the output gate's peephole into d_c is missing",
        "d_c += d_m ∘ o ∘ output'(c_t)",
        "d_c += d_m ∘ o ∘ output'(c_t) + p_o ∘ d_z_o",
        PEEPHOLE,
        why="Without peepholes o does not depend on the cell state.",
        d_c=lambda b, right, s, d_m, d_z_o, d_c: right(s, d_m, 0 * d_z_o, d_c),
    ),
    variants(
        "peephole-not-in-carry",
        "the paths from the input and forget gates' peepholes to the previous cell state are missing",
        "d_c_prev = d_c ∘ f",
        "d_c_prev = d_c ∘ f + p_i ∘ d_z_i + p_f ∘ d_z_f",
        PEEPHOLE,
        FORGET_GATE,
        why="The rule that peepholes were published with truncates the gradient there.",
        seen="the truncated rule of the peephole paper",
        d_c_prev=lambda b, right, s, d, d_c: right(s, only_gates(d, []), d_c),
    ),
    variants(
        "coupled-sign",
        "the forget gate's share of the coupled gate has the wrong sign",
        "d_z_i = d_c ∘ (g + c_{t−1}) ∘ gate'(z_i)",
        "d_z_i = d_c ∘ (g − c_{t−1}) ∘ gate'(z_i)",
        COUPLED,
        why="The minus of f = 1 − i is lost in the chain rule.",
        d_z_i=lambda b, right, s, d_c: right(s._replace(c_prev=-s.c_prev), d_c),
    ),
    variants(
        "coupled-ignored",
        "the coupled gate's gradient has no share from the forget gate",
        "d_z_i = d_c ∘ g ∘ gate'(z_i)",
        "d_z_i = d_c ∘ (g − c_{t−1}) ∘ gate'(z_i)",
        COUPLED,
        why="It is the line of an LSTM that is not coupled.",
        d_z_i=lambda b, right, s, d_c: right(s._replace(c_prev=0 * s.c_prev), d_c),
    ),
    variants(
        "projection-not-transposed",
        "the projection is read along the wrong axis on the way back",
        "d_m = R d_h, R's memory read as H rows",
        "d_m = Rᵀ d_h",
        PROJECTION,
        MATRIX,
        why="A flat buffer fits either way.",
        d_m=lambda b, right, s, d_h: right(with_cell(s, R=read_transposed(s.cell.R)), d_h),
    ),
    variants(
        "projection-skipped",
        "d_h is used as the gradient of m, filled up with zeros",
        "d_m = d_h",
        "d_m = Rᵀ d_h",
        PROJECTION,
        why="Without projection m and h are the same.",
        d_m=lambda b, right, s, d_h: right(with_cell(s, R=np.eye(*s.cell.R.shape)), d_h),
    ),
    variants(
        "projection-without-output-gate",
        "the projection's gradient uses output(c_t) where m belongs",
        "d_R += d_h output(c_t)ᵀ",
        "d_R += d_h (o ∘ output(c_t))ᵀ",
        PROJECTION,
        why="output(c_t) is at hand, and m is not stored.",
        d_R=lambda b, right, s, d: right(s._replace(m=s.cell.squash(s.c)), d),
    ),
)
