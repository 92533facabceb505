"""Mistakes in peepholes, coupled gates and projection."""

from __future__ import annotations

from copy import copy

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Cell, Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.families.alterations import only_gates, read_transposed
from lstmcheck.mistakes.mistake import Family
from lstmcheck.mistakes.needs import COUPLED, FORGET_GATE, MATRIX, PEEPHOLE, PROJECTION

VARIANTS = Family("variants")


def _with_R(cell: Cell, R: Numbers) -> Cell:
    other = copy(cell)
    other.R = R
    return other


@VARIANTS(
    "peephole-output-uses-old-cell",
    "the output gate's peephole gets the previous cell state",
    "d_p_o += d_z_o ∘ c_{t−1}",
    "d_p_o += d_z_o ∘ c_t",
    PEEPHOLE,
    why="The other two peepholes do read the previous state.",
)
class PeepholeOutputUsesOldCell(Backward):
    def d_p(self, s: Step, d: Deltas) -> Numbers:
        return super().d_p(s._replace(c=s.c_prev), d)


@VARIANTS(
    "peephole-output-not-in-cell",
    "the path from the output gate's peephole into d_c is missing",
    "d_c += d_m ∘ o ∘ output'(c_t)",
    "d_c += d_m ∘ o ∘ output'(c_t) + p_o ∘ d_z_o",
    PEEPHOLE,
    why="Without peepholes o does not depend on the cell state.",
)
class PeepholeOutputNotInCell(Backward):
    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return super().d_c(s, d_m, 0 * d_z_o, d_c)


@VARIANTS(
    "peephole-not-in-carry",
    "the paths from the input and forget gates' peepholes to the previous cell state are missing",
    "d_c_prev = d_c ∘ f",
    "d_c_prev = d_c ∘ f + p_i ∘ d_z_i + p_f ∘ d_z_f",
    PEEPHOLE,
    FORGET_GATE,
    why="The rule that peepholes were published with truncates the gradient there.",
    seen="the truncated rule of the peephole paper",
)
class PeepholeNotInCarry(Backward):
    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return super().d_c_prev(s, only_gates(d, []), d_c)


@VARIANTS(
    "coupled-sign",
    "the forget gate's share of the coupled gate has the wrong sign",
    "d_z_i = d_c ∘ (g + c_{t−1}) ∘ gate'(z_i)",
    "d_z_i = d_c ∘ (g − c_{t−1}) ∘ gate'(z_i)",
    COUPLED,
    why="The minus of f = 1 − i is lost in the chain rule.",
)
class CoupledSign(Backward):
    def d_z_i(self, s: Step, d_c: Numbers) -> Numbers:
        return super().d_z_i(s._replace(c_prev=-s.c_prev), d_c)


@VARIANTS(
    "coupled-ignored",
    "the coupled gate's gradient has no share from the forget gate",
    "d_z_i = d_c ∘ g ∘ gate'(z_i)",
    "d_z_i = d_c ∘ (g − c_{t−1}) ∘ gate'(z_i)",
    COUPLED,
    why="It is the line of an LSTM that is not coupled.",
)
class CoupledIgnored(Backward):
    def d_z_i(self, s: Step, d_c: Numbers) -> Numbers:
        return super().d_z_i(s._replace(c_prev=0 * s.c_prev), d_c)


@VARIANTS(
    "projection-not-transposed",
    "the projection is read along the wrong axis on the way back",
    "d_m = R d_h, R's memory read as H rows",
    "d_m = Rᵀ d_h",
    PROJECTION,
    MATRIX,
    why="A flat buffer fits either way.",
)
class ProjectionNotTransposed(Backward):
    def d_m(self, s: Step, d_h: Numbers) -> Numbers:
        assert s.cell.R is not None
        return super().d_m(s._replace(cell=_with_R(s.cell, read_transposed(s.cell.R))), d_h)


@VARIANTS(
    "projection-skipped",
    "d_h is used as the gradient of m, filled up with zeros",
    "d_m = d_h",
    "d_m = Rᵀ d_h",
    PROJECTION,
    why="Without projection m and h are the same.",
)
class ProjectionSkipped(Backward):
    def d_m(self, s: Step, d_h: Numbers) -> Numbers:
        assert s.cell.R is not None
        return super().d_m(s._replace(cell=_with_R(s.cell, np.eye(*s.cell.R.shape))), d_h)


@VARIANTS(
    "projection-without-output-gate",
    "the projection's gradient uses output(c_t) where m belongs",
    "d_R += d_h output(c_t)ᵀ",
    "d_R += d_h (o ∘ output(c_t))ᵀ",
    PROJECTION,
    why="output(c_t) is at hand, and m is not stored.",
)
class ProjectionWithoutOutputGate(Backward):
    def d_R(self, s: Step, d: Deltas) -> Numbers:
        return super().d_R(s._replace(m=s.cell.activate(s.cell.output, s.c, np.empty_like(s.c))), d)
