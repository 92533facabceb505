"""Derivatives along directions of any loss function, one call after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.reference.directions import Directions, Slopes
from lstmcheck.reference.loss_function import LossFunction
from lstmcheck.tolerances.precision import COMPLEX_STEP

Spread = Callable[[Callable[[Any, Directions], Slopes], Sequence[Directions]], Iterable[Slopes]]
"""One of several equal LossFunctions does something with each of some directions: results in their order."""


class CalledDirections:
    """Any loss function, one call after the other: a foreign forward pass."""

    def __init__(self, spread: Spread, count: Callable[[int], None]) -> None:
        self.spread, self.count = spread, count

    def central_along(self, asked: Sequence[Directions], steps: Floats) -> list[Slopes]:
        """(L(θ + s·u) − L(θ − s·u)) / 2s."""

        def differences(function: LossFunction, each: Directions) -> Slopes:
            directions, along = each.drawn()
            found = [[_slope(function, each, s * each.claim.unit * u) for u in directions] for s in steps]
            return Slopes(np.array(found) / (2 * each.claim.unit * steps[:, None]), along)

        return self._counted(differences, asked, 2 * len(steps))

    def complex_along(self, asked: Sequence[Directions]) -> list[Slopes]:
        """Im L(θ + is·u) / s."""

        def complex_steps(function: LossFunction, each: Directions) -> Slopes:
            directions, along = each.drawn()
            outputs = (_at(function, each, 1j * COMPLEX_STEP * u) for u in directions)
            found = [np.sum(np.imag(function.shares(q))) for q in outputs]
            return Slopes(np.array([found], float) / COMPLEX_STEP, along)

        return self._counted(complex_steps, asked, 1)

    def _counted(
        self, work: Callable[[Any, Directions], Slopes], asked: Sequence[Directions], calls: int
    ) -> list[Slopes]:
        """With so many calls for each direction."""
        found = []
        for each, seen in zip(asked, self.spread(work, asked), strict=True):
            found.append(seen)
            self.count(calls * each.count)
        return found


def _slope(function: LossFunction, asked: Directions, shift: Floats) -> float:
    """L(θ + shift) − L(θ − shift)."""
    plus, minus = (_at(function, asked, sign * shift) for sign in (1, -1))
    return float(np.sum(function.difference(plus, minus)))


def _at(function: LossFunction, asked: Directions, shift: Numbers) -> Any:
    """What comes out with a box of one gate moved. Where its move is complex, every array is."""
    claim = asked.claim
    arrays = {
        name: array.astype(shift.dtype, copy=name == claim.info.name)
        for name, array in function.arrays.items()
    }
    moved = arrays[claim.info.name] if claim.info.gates else arrays[claim.info.name][None]
    moved[claim.row][asked.box] += shift
    return function.at(arrays)
