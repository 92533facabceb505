"""Floating-point numbers that carry a bound on their own rounding error."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

EPS = sys.float_info.epsilon
ULPS = 4
"""What one elementary function may be off by, in units of the last place: twice what libraries promise."""
REACH = 1e-300
"""Underflow: what a result may be off by besides."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """`value` differs by at most `error` from the exact result, and by twice that from any other rounding."""

    value: float
    error: float = 0.0

    def __mul__(self, other: Bounded) -> Bounded:
        value = self.value * other.value
        carried = self.error * abs(other.value) + (abs(self.value) + self.error) * other.error
        return Bounded(value, carried + EPS * abs(value) + REACH)


def total(terms: Iterable[Bounded]) -> Bounded:
    """Their sum; the bound holds for every order of adding: n·ε·Σ|term|."""
    found = list(terms)
    rounding = len(found) * EPS * sum(abs(term.value) for term in found)
    return Bounded(sum(term.value for term in found), sum(term.error for term in found) + rounding)


def negative(a: Bounded) -> Bounded:
    return Bounded(-a.value, a.error)


def activation(name: str, z: Bounded) -> Bounded:
    """A function of z with a bounded slope, off by a few units in the last place of itself or of z."""
    value, slope = _value(name, z.value), SLOPES[name]
    return Bounded(value, slope * z.error + ULPS * EPS * (1 + slope * abs(z.value)))


SLOPES = {"sigmoid": 0.25, "tanh": 1, "identity": 1, "relu": 1, "hard_sigmoid": 0.2, "softsign": 1}
"""The steepest slope of each function: an error of z is passed on by at most that factor."""


def _value(name: str, z: float) -> float:
    match name:
        case "sigmoid":
            return 1 / (1 + math.exp(-z)) if z > -700 else 0.0
        case "tanh":
            return math.tanh(z)
        case "identity":
            return z
        case "relu":
            return max(z, 0.0)
        case "hard_sigmoid":
            return min(max(0.2 * z + 0.5, 0.0), 1.0)
        case "softsign":
            return z / (1 + abs(z))
    raise ValueError(name)
