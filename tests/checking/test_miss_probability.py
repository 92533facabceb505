"""How often a wrong gradient passes as a whole gate: as often as was asked for, counted on thousands."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lstmcheck.judge.by_directions import Bounds
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.reference.directional_derivatives import Compared, Derivatives
from lstmcheck.reference.directions import Claim, Directions
from lstmcheck.tolerances.directions import LOOKS

Floats = NDArray[np.float64]
DRAWS, UNITS, COLUMNS = 2000, 8, 8
ERRORS: dict[str, Callable[[np.random.Generator], Floats]] = {
    "one entry": lambda random: np.eye(1, UNITS * COLUMNS, int(random.integers(UNITS * COLUMNS))),
    "dense": lambda random: random.standard_normal(UNITS * COLUMNS),
    "low rank": lambda random: np.outer(random.standard_normal(UNITS), random.standard_normal(COLUMNS)),
    "two that cancel under signs": lambda random: np.eye(UNITS * COLUMNS)[0] - np.eye(UNITS * COLUMNS)[1],
}


class NoComplexSteps:
    def of(self, name: str) -> bool:
        return False


class Measured(Derivatives):
    """Of a loss that does not depend on anything: a gradient is wrong by all that it has.

    Derivatives are known to ± `uncertainty`, and as wrong within it as makes the gradient look right.
    """

    def __init__(self, uncertainty: float) -> None:
        network: Any = None
        trust: Any = NoComplexSteps()
        super().__init__(network, 0.0, trust)
        self.uncertainty = uncertainty

    def by_differences(self, asked: Sequence[Directions], steps: Sequence[float] = ()) -> list[Compared]:
        found = [each.drawn()[1].value for each in asked]
        v = self.uncertainty
        return [Compared(value, np.clip(value, -v, v), np.full(value.shape, v)) for value in found]


def missed(kind: str, probability: float, uncertainty: float) -> int:
    """Of errors just beyond the tolerance, those that pass."""
    random = np.random.default_rng(0)
    claims = []
    for number in range(DRAWS):
        error = ERRORS[kind](random).reshape(UNITS, COLUMNS)
        error /= np.linalg.norm(error)
        info = ArrayInfo("W", (4, UNITS, COLUMNS), layer=number, gates="ifgo")
        claims.append(Claim(info, 0, error, 1 - 1e-9, rounding=0.0, largest=1.0))
    bounds = Bounds(Measured(uncertainty), 0, probability).of(claims)
    return sum(bound.error <= claim.tau for claim, bound in zip(claims, bounds, strict=True))


def at_most(count: int, probability: float) -> float:
    """P(X ≤ count), X binomial."""
    p, n = probability, DRAWS
    return math.fsum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(count + 1))


CONFIDENCE = 1e-4
"""Of the interval of Clopper and Pearson, outside: a true share is outside of it once in ten thousand."""


@pytest.mark.parametrize("kind", ERRORS)
def test_the_share_that_is_missed_is_the_probability_of_a_look(kind: str) -> None:
    """Derivatives without uncertainty decide at the first look: its share is exact."""
    share = 1e-2
    count = missed(kind, share * len(LOOKS), 0.0)
    assert at_most(count, share) > CONFIDENCE / 2
    assert 1 - at_most(count - 1, share) > CONFIDENCE / 2


@pytest.mark.parametrize("uncertainty", [0.25, 0.4])
def test_looking_again_misses_no_more_than_was_asked_for(uncertainty: float) -> None:
    """Whatever the derivatives hide within their uncertainty, and however many looks that takes."""
    probability = 4e-2
    count = missed("low rank", probability, uncertainty)
    assert 1 - at_most(count - 1, probability) > CONFIDENCE / 2
