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
from typing import NamedTuple, Protocol

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Floats
from lstmcheck.tolerances.directions import LOOKS
from lstmcheck.tolerances.precision import EPS

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


class Slopes(NamedTuple):
    """What a network says of directions: derivatives, (steps, K), and the gradient along the same."""

    derivatives: Floats
    projected: Projected


class DirectionalNetwork(Protocol):
    """A forward pass of which parts of arrays can be moved along whole directions."""

    def central_along(self, asked: Sequence[Directions], steps: Floats) -> list[Slopes]:
        """(L(θ + s·u) − L(θ − s·u)) / 2s for each of `steps` times the unit of the gate."""

    def complex_along(self, asked: Sequence[Directions]) -> list[Slopes]:
        """Im L(θ + is·u) / s, as from one step. Raises LstmcheckError where that cannot be had."""


def draw_directions(claim: Claim, seed: int, numbers: Iterable[int]) -> Floats:
    """Standard normal numbers in the shape of what is claimed, (K, …): the same whenever they are asked
    for, others for each part of a gate."""
    of = f"{claim.info.name} {claim.row}" + ("" if claim.box is None else f" {describe_box(claim.box)}")
    names = [f"direction {number} {of}" for number in numbers]
    drawn = np.empty((len(names), *claim.gradient[claim.place].shape))
    for name, direction in zip(names, drawn, strict=True):
        generator(seed, name).standard_normal(out=direction)
    return drawn


def describe_box(box: Box) -> str:
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
