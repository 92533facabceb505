"""How c_t follows c_{t−1}: with h_{t−1} held, by way of h_{t−1} alone, and in all, beside nudges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import KEY, Focus
from lstmcheck.explain.jacobians import output_slopes, step_jacobian
from lstmcheck.explain.nudges import Nudges, units
from lstmcheck.explain.step import Pair
from lstmcheck.lstm.forward import step
from lstmcheck.lstm.perturbed_cells import PushedCell
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.tolerances.precision import COMPLEX_STEP

SHOWN_UNITS = 3


@dataclass(frozen=True)
class TotalNumbers:
    """The first few units of c at step `t` (from 0) by unit 0 of c_{t−1}."""

    t: int
    partial: Pair
    detour: Pair
    total: Pair


def total_numbers(focus: Focus) -> TotalNumbers:
    """At the focus's step, or the second: before the first one nothing makes h out of c.

    The sequence has two steps or more.
    """
    t = max(focus.t, 1)
    n = min(focus.step.c.shape[-1], SHOWN_UNITS)
    analytic, measured = _analytic(focus, t), _measured(focus, t)
    pairs = (Pair(a[:n], m[:n]) for a, m in zip(analytic, measured, strict=True))
    return TotalNumbers(t, *pairs)


def _analytic(focus: Focus, t: int) -> tuple[Floats, Floats, Floats]:
    s, before, b, P = focus.steps[t], focus.steps[t - 1], focus.b, focus.step.h.shape[-1]
    by_h, by_c = np.split(step_jacobian(focus.trace, s)[b, P:], [P], axis=1)
    m_by_c = np.diag(output_slopes(focus.trace, before)[0][b])
    h_by_c = m_by_c if before.cell.R is None else before.cell.R @ m_by_c
    partial, detour = by_c[:, 0], by_h @ h_by_c[:, 0]
    return partial, detour, partial + detour


def _measured(focus: Focus, t: int) -> tuple[Floats, Floats, Floats]:
    s, cell = focus.steps[t], focus.trace.cells[KEY]
    unit = units(s.c.shape[-1], np.array([0]))
    d_c, d_h = (
        1j * COMPLEX_STEP * unit,
        1j * COMPLEX_STEP * Nudges(focus).new_h(t - 1, {("c_new", t - 1): unit}),
    )

    def slope(h: Numbers, c: Numbers) -> Floats:
        return np.asarray(step(cell, t, s.x, h, c).c[0, focus.b].imag / COMPLEX_STEP)

    both = _two_steps(focus, t, d_c)
    return slope(s.h_prev + 0 * d_h, s.c_prev + d_c), slope(s.h_prev + d_h, s.c_prev + 0 * d_c), slope(*both)


def _two_steps(focus: Focus, t: int, d_c: Numbers) -> tuple[Numbers, Numbers]:
    """h and c after step t − 1, whose c is moved before it makes h of it."""
    before = focus.steps[t - 1]
    cell = PushedCell(focus.trace.cells[KEY], {("c_new", t - 1): d_c}, 1, np.dtype(complex))
    moved = step(cell, t - 1, before.x, before.h_prev, before.c_prev)
    return moved.h, moved.c
