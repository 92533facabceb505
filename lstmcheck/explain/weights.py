"""Question 3 in numbers: δW is a sum of products over time, beside nudges of a copy of W for each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges, Pushes
from lstmcheck.lstm.forward import G
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.types import Floats

ALL_STEPS = 8
ENDS = 3
ALL_DETAILS = 2
"""Up to so many products of steps and sequences every entry is told step by step."""


@dataclass(frozen=True)
class StepTerm:
    """What some steps, from 0, add to an entry: one step with its factors, or several without."""

    steps: tuple[int, ...]
    dz: float
    read: float
    product: float
    others: float
    total: float
    measured: float


@dataclass(frozen=True)
class WeightEntry:
    """One entry of W or U, (gate, unit, column): its terms over time, its gradient, and a nudge of it."""

    block: str
    gate: int
    unit: int
    column: int
    terms: tuple[StepTerm, ...]
    total: float
    measured: float
    detailed: bool


def weight_numbers(focus: Focus) -> list[WeightEntry]:
    """For each gate the first entry of W and of U; the candidate's, or of small networks all, in detail."""
    detailed_all = len(focus.steps) * focus.batch <= ALL_DETAILS
    return [
        _entry(focus, block, gate, detailed_all or gate == G) for block in ("W", "U") for gate in range(4)
    ]


def _entry(focus: Focus, block: str, gate: int, detailed: bool) -> WeightEntry:
    groups = _groups(len(focus.steps))
    measured = _measured(focus, block, gate, [*groups, tuple(range(len(focus.steps)))])
    terms = [_term(focus, block, gate, steps, found) for steps, found in zip(groups, measured, strict=False)]
    total = float(focus.gradients[array_name(block, 0, False)][gate, 0, 0])
    return WeightEntry(block, gate, 0, 0, tuple(terms), total, float(measured[-1]), detailed)


def _groups(length: int) -> list[tuple[int, ...]]:
    """Every step alone, or the first and last few alone and those between together."""
    if length <= ALL_STEPS:
        return [(t,) for t in range(length)]
    first = [(t,) for t in range(ENDS)]
    last = [(t,) for t in range(length - ENDS, length)]
    return [*first, tuple(range(ENDS, length - ENDS)), *last]


def _term(focus: Focus, block: str, gate: int, steps: tuple[int, ...], measured: float) -> StepTerm:
    products = np.stack([_products(focus, block, gate, t) for t in steps])
    mine, total = float(products[:, focus.b].sum()), float(products.sum())
    t = steps[0]
    read = focus.steps[t].x if block == "W" else focus.steps[t].h_prev
    return StepTerm(
        steps=steps,
        dz=float(focus.full.at[t].z[gate, focus.b, 0]),
        read=float(read[focus.b, 0]),
        product=mine,
        others=total - mine,
        total=total,
        measured=float(measured),
    )


def _products(focus: Focus, block: str, gate: int, t: int) -> Floats:
    """δz I of one step for each sequence, (B,)."""
    s = focus.steps[t]
    read = s.x if block == "W" else s.h_prev
    return np.asarray(focus.full.at[t].z[gate, :, 0] * read[:, 0])


def _measured(focus: Focus, block: str, gate: int, groups: Sequence[tuple[int, ...]]) -> Floats:
    """The loss's derivative where the copies of the weights of one group of steps move, (groups,)."""
    nudges = Nudges(focus)
    matrix = focus.step.cell.W if block == "W" else focus.step.cell.U
    pushes: dict[tuple[str, int], Floats] = {}
    for n, steps in enumerate(groups):
        for t in steps:
            push = pushes.setdefault((block, t), np.zeros((len(groups), *matrix.shape)))
            push[n, gate, 0, 0] = 1
    moved: Pushes = pushes
    return np.asarray(nudges.derivative(moved).sum(1))
