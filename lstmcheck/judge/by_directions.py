"""Whole gates judged by random directions, and the entries that are to blame where one does not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Floats, Indices
from lstmcheck.reference.directions import (
    Derivatives,
    bound_factor,
    draw_direction,
    gate_shape,
    shared,
)
from lstmcheck.tolerances import (
    BLAMED,
    DIRECTION_LADDERS,
    EPS,
    LOOKS,
    SUSPECT_DIRECTIONS,
    SUSPECTS,
)

Measure = Callable[[ArrayInfo, int, Floats], tuple[Floats, Floats]]
"""Derivatives of one gate along directions, with their uncertainties."""


@dataclass(frozen=True)
class Bound:
    """What directions say of one gate's gradient."""

    error: float
    """E: no entry is off by more, except with `probability`."""
    directions: int
    probability: float
    uncertainty: float
    """Of the derivatives along them, the largest."""
    contradicts: bool
    """Some derivative is certainly another one than the gradient's."""


class Bounds:
    """Bounds the error of whole gates, each except with `probability`.

    Differences first; longer and finer ones, and complex steps of arrays that are trusted, where those are
    too uncertain to decide.
    """

    def __init__(
        self, derivatives: Derivatives, seed: int, probability: float, *, differences: bool = True
    ) -> None:
        self.derivatives, self.seed, self.probability = derivatives, seed, probability
        self.differences = differences

    def of(
        self, info: ArrayInfo, row: int, gate: Floats, tau: float, *, rounding: float, largest: float
    ) -> Bound:
        """The first bound within `tau` of a gate's gradient (in the shape of the gate); else the least.

        `rounding` is that of an entry, `largest` the largest derivative of the array.
        """
        best: Bound | None = None
        for measure in self.methods(info, rounding, largest):
            for found in self._looks(info, row, gate, measure, tau):
                if best is None or found.error < best.error:
                    best = found
                if found.error <= tau or found.contradicts:
                    return found
        return best or Bound(np.inf, 0, self.probability, np.inf, contradicts=False)

    def methods(self, info: ArrayInfo, rounding: float, largest: float) -> Iterator[Measure]:
        """Ways to measure derivatives along directions, the cheapest first."""
        along = self.derivatives
        ladders = range(len(DIRECTION_LADDERS) if self.differences else 0)
        differences = [partial(along.by_differences, ladder=ladder) for ladder in ladders]
        yield from differences[:1]
        if along.trust.of(info.name):
            yield partial(along.by_complex_steps, rounding=rounding, largest=largest)
        yield from differences[1:]

    def _looks(
        self,
        info: ArrayInfo,
        row: int,
        gate: Floats,
        measure: Measure,
        tau: float,
    ) -> Iterator[Bound]:
        """Bounds from ever more directions, as long as more of them can help."""
        apart, uncertain = np.zeros(0), np.zeros(0)
        for count in LOOKS:
            numbers = range(len(apart), count)
            directions = np.stack([draw_direction(info, row, self.seed, k) for k in numbers])
            projected, rounding = _projected(gate, directions)
            value, error = measure(info, row, directions)
            apart = np.append(apart, np.abs(projected - value))
            uncertain = np.append(uncertain, error + rounding)
            largest = float(np.max(apart + uncertain))
            bound = bound_factor(count, shared(self.probability)) * largest
            yield Bound(
                bound if np.isfinite(bound) else np.inf,
                count,
                self.probability,
                float(uncertain.max()),
                bool((apart > uncertain).any() and np.isfinite(uncertain).all()),
            )
            if not bound_factor(LOOKS[-1], shared(self.probability)) * largest <= tau:
                return


def _projected(gate: Floats, directions: Floats) -> tuple[Floats, Floats]:
    """a·u, (K,), and how far rounding of the products may take it."""
    products = directions.reshape(len(directions), -1) * gate.ravel()
    return products.sum(1), EPS * np.abs(products).sum(1)


Box = tuple[tuple[int, int], ...]
"""Part of a gate: begin and end along each of its axes."""


def blamed_entries(measure: Measure, info: ArrayInfo, row: int, gate: Floats, seed: int) -> Indices:
    """Flat indices, within the gate, of entries that directions say are wrong: the gate is halved, and of the
    halves those are halved again along which the gradient is not the derivative."""
    boxes: list[Box] = [tuple((0, n) for n in gate_shape(info))]
    found: list[int] = []
    level = 0
    while boxes and len(found) < BLAMED:
        single = [box for box in boxes if _size(box) == 1]
        found += [int(np.ravel_multi_index([b for b, _ in box], gate.shape)) for box in single]
        halves = [half for box in boxes if box not in single for half in _halved(box)]
        level += 1
        random = generator(seed, f"halves {level} {info.name} {row}")
        off = np.array([_off_along(measure, info, row, gate, half, random) for half in halves])
        order = np.argsort(-off, kind="stable")[:SUSPECTS]
        boxes = [halves[int(k)] for k in order if off[k] > 0]
    return np.array(found[:BLAMED], np.intp)


def _off_along(
    measure: Measure, info: ArrayInfo, row: int, gate: Floats, box: Box, random: np.random.Generator
) -> float:
    """By how much the gradient is certainly off along directions within a box."""
    inside = tuple(slice(begin, end) for begin, end in box)
    directions = np.zeros((SUSPECT_DIRECTIONS, *gate.shape))
    directions[(slice(None), *inside)] = random.standard_normal(directions[(slice(None), *inside)].shape)
    projected, rounding = _projected(gate, directions)
    value, error = measure(info, row, directions)
    return float(np.max(np.abs(projected - value) - error - rounding))


def _halved(box: Box) -> Iterator[Box]:
    """Along the longest axis."""
    axis = int(np.argmax([end - begin for begin, end in box]))
    begin, end = box[axis]
    middle = (begin + end) // 2
    for part in ((begin, middle), (middle, end)):
        yield (*box[:axis], part, *box[axis + 1 :])


def _size(box: Box) -> int:
    return int(np.prod([end - begin for begin, end in box]))
