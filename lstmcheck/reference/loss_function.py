"""The loss as a function of all arrays at once, whoever computes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Arrays, Floats, Numbers
from lstmcheck.tolerances.behaviour import LARGE_CHANGE


class LossFunction(Protocol):
    """What the noise and the complex step are measured on. Our own network is one: `Case`."""

    @property
    def arrays(self) -> Arrays:
        """The point at which gradients are taken."""

    def at(self, arrays: Arrays) -> Any:
        """What a forward pass puts out."""

    def shares(self, outputs: Any) -> Numbers:
        """Numbers that add up to the loss."""

    def difference(self, plus: Any, minus: Any) -> Numbers:
        """Differences of the shares."""


def moved(arrays: Arrays, direction: Arrays, step: complex) -> dict[str, Numbers]:
    """arrays + step · direction: what the direction lacks stays where it is, in numbers of the same kind."""
    return {
        name: array + step * direction[name]
        if name in direction
        else array.astype(np.result_type(array, step), copy=False)
        for name, array in arrays.items()
    }


def random_direction(
    function: LossFunction, seed: int, purpose: str = "direction", *, only: str | None = None
) -> dict[str, Floats]:
    """Normal entries for every array, or for `only` one; of length about one."""
    shapes = {name: a.shape for name, a in function.arrays.items() if only in (None, name)}
    scale = sum(map(math.prod, shapes.values())) ** -0.5
    return {
        name: generator(seed, f"{purpose} {name}").standard_normal(shape) * scale
        for name, shape in shapes.items()
    }


class LossAlongLine:
    """A line through the arrays, along which functions that read one forward pass are differentiated.

    The first of them runs it, once for all. What has been measured is kept, as numbers.
    """

    def __init__(self, functions: Sequence[LossFunction], arrays: Arrays, direction: Arrays) -> None:
        self._functions, self._arrays, self._direction = functions, arrays, direction
        self._differences: dict[tuple[float, ...], Floats] = {}
        self._complex_steps: dict[float, list[float]] = {}

    def differences(self, steps: tuple[float, ...]) -> Floats:
        """(L(θ + s·d) − L(θ − s·d)) / 2s of every function at every step, (functions, steps)."""
        if steps not in self._differences:
            self._differences[steps] = np.array([self._difference(step) for step in steps]).T
        return self._differences[steps]

    def complex_steps(self, step: float) -> list[float]:
        """Im L(θ + is·d) / s of every function."""
        if step not in self._complex_steps:
            outputs = self._at(1j * step)
            totals = (function.shares(outputs).sum() for function in self._functions)
            self._complex_steps[step] = [float(total.imag) / step for total in totals]
        return self._complex_steps[step]

    def _difference(self, step: float) -> list[float]:
        plus, minus = self._at(step), self._at(-step)
        totals = (function.difference(plus, minus).sum() for function in self._functions)
        return [float(total) / (2 * step) for total in totals]

    def _at(self, step: complex) -> Any:
        return self._functions[0].at(moved(self._arrays, self._direction, step))


def has_effect(function: LossFunction, info: ArrayInfo, row: int, seed: int) -> bool:
    """Whether the loss changes, by a single bit, when one gate of an array is changed beyond recognition."""
    random = generator(seed, f"effect {info.name} {row}")
    base, array = function.at(function.arrays), function.arrays[info.name]
    mine = (info.row_of(np.arange(info.size)) == row).reshape(info.shape)
    changes = (sign * LARGE_CHANGE * mine * random.standard_normal(info.shape) for sign in (1, -1))
    others = (function.at({**function.arrays, info.name: array + change}) for change in changes)
    with np.errstate(all="ignore"):
        return any(function.difference(other, base).any() for other in others)
