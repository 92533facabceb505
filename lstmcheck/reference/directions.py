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

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, NamedTuple, Protocol

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Flags, Floats, Numbers
from lstmcheck.reference.complex_trust import Trust
from lstmcheck.reference.function import LossFunction
from lstmcheck.reference.richardson import extrapolate
from lstmcheck.tolerances.complex_steps import FINER_LADDERS
from lstmcheck.tolerances.differences import CAUTION
from lstmcheck.tolerances.directions import DIRECTION_LADDERS, LOOKS
from lstmcheck.tolerances.precision import COMPLEX_STEP, EPS
from lstmcheck.tolerances.verdict import REFERENCE_ROUNDING

PROJECTED_AT_ONCE = 2**15
"""Products of a gradient and a direction: few enough for the cache."""


def bound_factor(count: int, probability: float) -> float:
    """E / M: how much larger than the largest of `count` deviations an error may be, but for `probability`.

    142, 25, 10.6 and 4.4 for 4, 6, 8 and 12 directions at 1e-9.
    """
    return 1 / NormalDist().inv_cdf((1 + probability ** (1 / count)) / 2)


def shared(probability: float) -> float:
    """What each look may take of the probability of a wrong bound."""
    return probability / len(LOOKS)


Box = tuple[slice, ...]
"""Part of a gate: begin and end along each of its axes."""


@dataclass(frozen=True)
class Claim:
    """The gradient of one gate, and how near to the derivative it should be."""

    info: ArrayInfo
    row: int
    gradient: Floats
    """In the shape of the gate."""
    tau: float
    rounding: float
    """What rounding does to an entry."""
    largest: float
    """The largest derivative of the whole array."""
    box: Box | None = None
    """The part that is claimed to be right; None: the whole gate."""
    parts: int = 1
    """Claims that share the probability of a gate."""

    @property
    def whole(self) -> Box:
        """All of the gate."""
        return tuple(slice(0, n) for n in self.gradient.shape)

    @property
    def place(self) -> Box:
        """What is claimed to be right."""
        return self.whole if self.box is None else self.box

    @property
    def unit(self) -> float:
        """The step along a direction that counts as one.

        It moves every pre-activation by about one in the root of their number, of a large gate as of a small
        one: so the loss is about as curved along it.
        """
        units = self.info.shape[1] if self.info.gates else self.info.shape[-1]
        return math.sqrt(units / self.gradient[self.place].size)


@dataclass(frozen=True)
class Directions:
    """Some directions within a box of a gate. They are drawn where they are needed, and not kept: all of
    those of a large network would not fit."""

    claim: Claim
    box: Box
    count: int
    draw: Callable[[], Floats]
    """(count, …), with the shape of the box behind it."""

    def drawn(self) -> tuple[Floats, Projected]:
        """The directions, and the gradient along them."""
        directions = self.draw()
        return directions, projected(self.claim.gradient[self.box], directions)


class Projected(NamedTuple):
    """A gradient along directions, all (K,)."""

    value: Floats
    """a·u."""
    rounding: Floats
    """How far rounding of the products may take that."""
    length: Floats
    """‖u‖."""


class Seen(NamedTuple):
    """What a network says of directions: derivatives, (steps, K), and the gradient along the same."""

    derivatives: Floats
    projected: Projected


class Compared(NamedTuple):
    """A gradient and the derivative along the same directions, all (K,)."""

    projected: Floats
    value: Floats
    error: Floats
    """v: how far the two may be apart though the gradient is right."""


class DirectionalNetwork(Protocol):
    """A forward pass of which parts of arrays can be moved along whole directions."""

    def central_along(self, asked: Sequence[Directions], steps: Floats) -> list[Seen]:
        """(L(θ + s·u) − L(θ − s·u)) / 2s for each of `steps` times the unit of the gate."""

    def complex_along(self, asked: Sequence[Directions]) -> list[Seen]:
        """Im L(θ + is·u) / s, as from one step. Raises LstmcheckError where that cannot be had."""


def draw_directions(claim: Claim, seed: int, numbers: Iterable[int]) -> Floats:
    """Standard normal numbers in the shape of what is claimed, (K, …): the same whenever they are asked
    for, others for each part of a gate."""
    of = f"{claim.info.name} {claim.row}" + ("" if claim.box is None else f" {told(claim.box)}")
    names = [f"direction {number} {of}" for number in numbers]
    drawn = np.empty((len(names), *claim.gradient[claim.place].shape))
    for name, direction in zip(names, drawn, strict=True):
        generator(seed, name).standard_normal(out=direction)
    return drawn


def told(box: Box) -> str:
    """Begin and end along each axis."""
    return " ".join(f"{part.start}-{part.stop}" for part in box)


def projected(gradient: Floats, directions: Floats) -> Projected:
    """a·u for `directions` (K, …) in the shape of the gradient."""
    a, sums = gradient.ravel(), np.zeros((len(directions), 3))
    for begin in range(0, len(a), PROJECTED_AT_ONCE):
        part = slice(begin, begin + PROJECTED_AT_ONCE)
        for direction, found in zip(directions.reshape(len(directions), -1), sums, strict=True):
            products = direction[part] * a[part]
            found += products.sum(), np.abs(products).sum(), direction[part] @ direction[part]
    value, size, square = sums.T
    return Projected(value, EPS * size, np.sqrt(square))


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
        self, asked: Sequence[Directions], steps: Sequence[float] = DIRECTION_LADDERS[0]
    ) -> list[Compared]:
        """Extrapolated from `steps`, each half the one before."""
        seen = self.network.central_along(asked, np.array(steps)) if asked else []
        return [
            self._extrapolated(found, np.array(steps) * each.claim.unit)
            for each, found in zip(asked, seen, strict=True)
        ]

    def _extrapolated(self, seen: Seen, steps: Floats) -> Compared:
        value, error = extrapolate(seen.derivatives, self.noise / steps)
        return Compared(seen.projected.value, value, CAUTION * error + seen.projected.rounding)

    def by_complex_steps(self, asked: Sequence[Directions]) -> list[Compared]:
        """Exact but for rounding, and for what a foreign pass may lose unseen of the largest derivative.

        What differences contradict is known no better than the two agree, unless finer ones bear it out.
        Nothing is known, and nothing trusted any more, where the complex evaluation fails.
        """
        exact = [self._exact(each, seen) for each, seen in zip(asked, self._complex(asked), strict=True)]
        if not self.smooth:
            return exact
        differences = self.by_differences(asked)
        return [self._beside(*each) for each in zip(asked, exact, differences, strict=True)]

    def _complex(self, asked: Sequence[Directions]) -> list[Seen | None]:
        try:
            return list(self.network.complex_along(asked)) if asked else []
        except LstmcheckError:  # an operation that these numbers reach first takes no complex ones
            if len(asked) > 1:
                return [seen for each in asked for seen in self._complex([each])]
            self.trust.lose(asked[0].claim.info.name)
            return [None]

    def _exact(self, asked: Directions, seen: Seen | None) -> Compared:
        if seen is None:
            return Compared(np.zeros(asked.count), np.zeros(asked.count), np.full(asked.count, np.inf))
        claim, along = asked.claim, seen.projected
        lost = self.trust.accuracy(claim.info.name) * claim.largest
        error = (REFERENCE_ROUNDING * claim.rounding + lost) * along.length
        return Compared(along.value, seen.derivatives[0], error + along.rounding)

    def _beside(self, asked: Directions, exact: Compared, difference: Compared) -> Compared:
        apart = np.abs(exact.value - difference.value)
        contradicted = apart > difference.error + exact.error
        if contradicted.any():
            contradicted &= ~self._borne_out(asked, exact, difference)
        return exact._replace(error=np.where(contradicted, apart + difference.error, exact.error))

    def _borne_out(self, asked: Directions, exact: Compared, difference: Compared) -> Flags:
        """Where finer differences agree with complex steps, and know better than those that do not, or
        contradict them: in a chaotic network a difference may be confident and wrong."""
        cleared = np.zeros(asked.count, bool)
        for steps in FINER_LADDERS:
            (finer,) = self.by_differences([asked], steps)
            agrees = np.abs(finer.value - exact.value) <= finer.error + exact.error
            apart = np.abs(finer.value - difference.value)
            better = (finer.error < difference.error) | (apart > difference.error + finer.error)
            cleared |= agrees & better
        return cleared


Spread = Callable[[Callable[[Any, Directions], Seen], Sequence[Directions]], Iterable[Seen]]
"""One of several equal LossFunctions does something with each of some directions: results in their order."""


class CalledDirections:
    """Any loss function, one call after the other: a foreign forward pass."""

    def __init__(self, spread: Spread, count: Callable[[int], None]) -> None:
        self.spread, self.count = spread, count

    def central_along(self, asked: Sequence[Directions], steps: Floats) -> list[Seen]:
        """(L(θ + s·u) − L(θ − s·u)) / 2s."""

        def differences(function: LossFunction, each: Directions) -> Seen:
            directions, along = each.drawn()
            found = [[_slope(function, each, s * each.claim.unit * u) for u in directions] for s in steps]
            return Seen(np.array(found) / (2 * each.claim.unit * steps[:, None]), along)

        return self._counted(differences, asked, 2 * len(steps))

    def complex_along(self, asked: Sequence[Directions]) -> list[Seen]:
        """Im L(θ + is·u) / s."""

        def complex_steps(function: LossFunction, each: Directions) -> Seen:
            directions, along = each.drawn()
            outputs = (_at(function, each, 1j * COMPLEX_STEP * u) for u in directions)
            found = [np.sum(np.imag(function.shares(q))) for q in outputs]
            return Seen(np.array([found], float) / COMPLEX_STEP, along)

        return self._counted(complex_steps, asked, 1)

    def _counted(
        self, work: Callable[[Any, Directions], Seen], asked: Sequence[Directions], calls: int
    ) -> list[Seen]:
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
