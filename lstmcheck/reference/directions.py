"""Random directions: what a few derivatives along them say of every entry of a gate at once.

Let e = a − r be what is wrong with a gate's gradient a, n numbers long, and u ~ N(0, I) a direction that was
drawn without regard to the code under test. Then e·u ~ N(0, ‖e‖²). A measured derivative m along u, known to
± v, bounds |e·u| ≤ |a·u − m| + v; let M be the largest of these bounds over K independent directions. For
q = Φ⁻¹((1 + p^(1/K)) / 2),

    P(max_k |e·u_k| ≤ q ‖e‖) = P(|N(0, 1)| ≤ q)^K = p,

so that ‖e‖₂ < E = M / q except with probability p, and with it the error of every single entry. That is an
exact confidence bound: the largest of K is one number. A product over the single |e·u_k| would not be one.

When K grows until a gate passes, each size that is looked at takes its share of p: the probability that
any of several bounds fails is at most the sum of theirs.

It rests on two assumptions: each v_k holds, and the directions do not depend on e.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any, Protocol

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.reference.complex_trust import Trust
from lstmcheck.reference.function import LossFunction
from lstmcheck.reference.richardson import extrapolate
from lstmcheck.tolerances import CAUTION, COMPLEX_STEP, DIRECTION_LADDERS, LOOKS, REFERENCE_ROUNDING


class DirectionalNetwork(Protocol):
    """A forward pass of which one part of one array can be moved along whole directions."""

    def central_along(self, info: ArrayInfo, row: int, directions: Floats, step: float) -> Floats:
        """(L(θ + s·w) − L(θ − s·w)) / 2s, (K,), for each of `directions` (K, …) of a gate, or of an array
        that has none."""

    def complex_along(self, info: ArrayInfo, row: int, directions: Floats) -> Floats:
        """Im L(θ + is·w) / s, (K,)."""


def bound_factor(count: int, probability: float) -> float:
    """E / M: how much larger than the largest of `count` deviations an error may be, but for `probability`.

    142, 25, 10.6 and 4.4 for 4, 6, 8 and 12 directions at 1e-9.
    """
    return 1 / NormalDist().inv_cdf((1 + probability ** (1 / count)) / 2)


def shared(probability: float) -> float:
    """What each look may take of the probability of a wrong bound."""
    return probability / len(LOOKS)


def gate_shape(info: ArrayInfo) -> tuple[int, ...]:
    """Of one gate of an array, or of an array without gates."""
    return info.shape[1:] if info.gates else info.shape


def draw_direction(info: ArrayInfo, row: int, seed: int, number: int) -> Floats:
    """Standard normal numbers in the shape of a gate: the same ones whenever they are asked for."""
    return generator(seed, f"direction {number} {info.name} {row}").standard_normal(gate_shape(info))


class Derivatives:
    """Derivatives along directions with their uncertainties: differences, and complex steps where allowed.

    `noise` is the standard deviation of the loss, `trust` tells of which arrays complex steps may be used.
    `smooth`: there are differences to compare those with.
    """

    def __init__(
        self,
        network: DirectionalNetwork,
        noise: float,
        trust: Trust,
        *,
        smooth: bool = True,
    ) -> None:
        self.network, self.noise, self.trust, self.smooth = network, noise, trust, smooth

    def by_differences(
        self, info: ArrayInfo, row: int, directions: Floats, ladder: int
    ) -> tuple[Floats, Floats]:
        """m and v, (K,), along `directions` (K, …): extrapolated, on one of the ladders of steps."""
        length = float(np.sqrt(directions[0].size))
        steps = np.array(DIRECTION_LADDERS[ladder])
        found = [self.network.central_along(info, row, directions / length, step) for step in steps]
        value, error = extrapolate(np.array(found), self.noise / steps)
        return length * value, length * CAUTION * error

    def by_complex_steps(
        self, info: ArrayInfo, row: int, directions: Floats, *, rounding: float, largest: float
    ) -> tuple[Floats, Floats]:
        """m and v, (K,): exact but for `rounding`, and for what a foreign pass may lose unseen of the array's
        `largest` derivative; both of single entries.

        What differences contradict is known no better than the two agree. Nothing is known, and nothing
        trusted any more, where the complex evaluation fails.
        """
        try:
            value = self.network.complex_along(info, row, directions)
        except LstmcheckError:  # an operation that these numbers reach first takes no complex ones
            self.trust.lose(info.name)
            return np.zeros(len(directions)), np.full(len(directions), np.inf)
        lengths = np.sqrt((directions**2).reshape(len(value), -1).sum(1))
        error = (REFERENCE_ROUNDING * rounding + self.trust.accuracy(info.name) * largest) * lengths
        if self.smooth:
            difference, reach = self.by_differences(info, row, directions, 0)
            apart = np.abs(value - difference)
            error = np.where(apart > reach + error, apart + reach, error)
        return value, error


class CalledDirections:
    """Any loss function, one call after the other: a foreign forward pass."""

    def __init__(self, function: LossFunction, count: Callable[[int], None]) -> None:
        self.function, self.count = function, count

    def central_along(self, info: ArrayInfo, row: int, directions: Floats, step: float) -> Floats:
        """(L(θ + s·w) − L(θ − s·w)) / 2s along `directions` (K, …), (K,)."""
        found = []
        for direction in directions:
            plus, minus = (self._at(info, row, sign * step * direction) for sign in (1, -1))
            found.append(float(np.sum(self.function.difference(plus, minus))) / (2 * step))
        return np.array(found)

    def complex_along(self, info: ArrayInfo, row: int, directions: Floats) -> Floats:
        """Im L(θ + is·w) / s along `directions` (K, …), (K,)."""
        found = (self._at(info, row, 1j * COMPLEX_STEP * direction) for direction in directions)
        shares = [np.sum(np.imag(self.function.shares(outputs))) for outputs in found]
        return np.array(shares, float) / COMPLEX_STEP

    def _at(self, info: ArrayInfo, row: int, shift: Numbers) -> Any:
        """What comes out with one gate moved. Where its move is complex, every array is."""
        self.count(1)
        arrays = {name: array.astype(shift.dtype) for name, array in self.function.arrays.items()}
        moved = arrays[info.name] if info.gates else arrays[info.name][None]
        moved[row] += shift
        return self.function.at(arrays)
