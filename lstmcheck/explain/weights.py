"""Question 3 in numbers: δW is a sum of products over time, beside nudges of a copy of W for each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.perturbed_cells import Pushes
from lstmcheck.lstm.types import Floats

ALL_STEPS = 8
ENDS = 3
ALL_DETAILS = 8
"""Up to so many products of steps and sequences every one of them is told, if there is but one neuron."""


@dataclass(frozen=True)
class StepTerm:
    """What some steps, from 0, add to an entry: one step with its factors, or several without.

    Of the focus's sequence with the rest under `others`, or of one `sequence` alone.
    """

    steps: tuple[int, ...]
    sequence: int | None
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
    """For each gate the first entry of W and of U; the candidate's, or of one neuron all, in detail."""
    every = focus.step.c.shape[-1] == 1 and focus.end * focus.batch <= ALL_DETAILS
    return [_entry(focus, block, gate, every=every) for block in ("W", "U") for gate in (I, F, G, O)]


def _entry(focus: Focus, block: str, gate: int, *, every: bool) -> WeightEntry:
    groups = _groups(focus.end)
    measured = _measured(focus, block, gate, [*groups, tuple(range(focus.end))])
    sequences = range(focus.batch) if every and focus.batch > 1 else [None]
    terms = [
        _term(focus, block, gate, steps, b, found)
        for steps, found in zip(groups, measured, strict=False)
        for b in sequences
    ]
    total = float(focus.gradients[array_name(block, 0, False)][gate, 0, 0])
    return WeightEntry(block, gate, 0, 0, tuple(terms), total, float(measured[-1].sum()), every or gate == G)


def by_sequence(focus: Focus, block: str, gate: int) -> tuple[Floats, Floats]:
    """What each sequence gives to the first entry of a gate of W or U, and a nudge of that, each (B,)."""
    every = tuple(range(len(focus.steps)))
    products = np.sum([_products(focus, block, gate, t) for t in every], axis=0)
    return products, _measured(focus, block, gate, [every])[0]


def _groups(length: int) -> list[tuple[int, ...]]:
    """Every step alone, or the first and last few alone and those between together."""
    if length <= ALL_STEPS:
        return [(t,) for t in range(length)]
    first = [(t,) for t in range(ENDS)]
    last = [(t,) for t in range(length - ENDS, length)]
    return [*first, tuple(range(ENDS, length - ENDS)), *last]


def _term(
    focus: Focus, block: str, gate: int, steps: tuple[int, ...], sequence: int | None, measured: Floats
) -> StepTerm:
    products = sum(_products(focus, block, gate, t) for t in steps)
    assert isinstance(products, np.ndarray)
    b, t = focus.b if sequence is None else sequence, steps[0]
    read = focus.steps[t].x if block == "W" else focus.steps[t].h_prev
    total = products.sum() if sequence is None else products[b]
    return StepTerm(
        steps=steps,
        sequence=sequence,
        dz=float(focus.full.at[t].z[gate, b, 0]),
        read=float(read[b, 0]),
        product=float(products[b]),
        others=float(total - products[b]),
        total=float(total),
        measured=float(measured.sum() if sequence is None else measured[b]),
    )


def _products(focus: Focus, block: str, gate: int, t: int) -> Floats:
    """δz I of one step for each sequence, (B,)."""
    s = focus.steps[t]
    read = s.x if block == "W" else s.h_prev
    return np.asarray(focus.full.at[t].z[gate, :, 0] * read[:, 0])


def _measured(focus: Focus, block: str, gate: int, groups: Sequence[tuple[int, ...]]) -> Floats:
    """The loss's derivative where the copies of the weights of one group of steps move, (groups, B)."""
    nudges = Nudges(focus)
    matrix = focus.step.cell.W if block == "W" else focus.step.cell.U
    pushes: dict[tuple[str, int], Floats] = {}
    for n, steps in enumerate(groups):
        for t in steps:
            push = pushes.setdefault((block, t), np.zeros((len(groups), *matrix.shape)))
            push[n, gate, 0, 0] = 1
    moved: Pushes = pushes
    return nudges.derivative(moved)
