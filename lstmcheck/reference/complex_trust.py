"""Whether complex steps may be trusted: they are only as good as the forward pass is analytic.

A norm, an absolute value, a cast to float or a buffer of real numbers drops the imaginary part of *some*
paths: what is left looks like a derivative, to the last digit. So trust is earned, array by array: the
complex derivative along a random direction of one array must be what extrapolated differences along that
direction find, within their own error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from math import inf

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.types import Floats
from lstmcheck.reference.loss_function import LossAlongLine, LossFunction, moved, random_direction
from lstmcheck.reference.noise import foreign_noise, loss_noise
from lstmcheck.reference.richardson import extrapolate
from lstmcheck.tolerances.complex_steps import (
    ASIDE,
    COMPARABLE,
    COMPARABLE_OURS,
    SHARP,
    TRUST_DIRECTIONS,
    TRUST_LADDERS,
    UNSEEN,
)
from lstmcheck.tolerances.differences import CAUTION
from lstmcheck.tolerances.precision import COMPLEX_STEP


class Comparison(Enum):
    """A complex derivative beside a difference."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    ILLEGIBLE = "illegible"
    """The difference is not known well enough to tell."""


@dataclass(frozen=True)
class Probe:
    """A function of the forward pass, and the standard deviation of its noise."""

    function: LossFunction
    noise: float
    reads_everything: bool = False
    """Every output: what does not come out there is not there."""


class Trust:
    """Asked about arrays one by one, when a complex step of theirs is first needed.

    `loss` is what is differentiated. `everything`, called once and where there is one, makes a function
    that reads every output: the gradient of an early state may vanish in the loss, and cannot vanish
    there. `rounding_share`: by array, what rounding may take of its derivatives. Complex steps of a
    `foreign` forward pass are known no better than they were seen to agree; ours is analytic throughout.
    """

    def __init__(
        self,
        loss: Probe,
        everything: Callable[[], LossFunction] | None,
        rounding_share: Mapping[str, float],
        seed: int,
        eps: float,
        *,
        foreign: bool = False,
    ) -> None:
        self._probes = [loss]
        self._everything, self._rounding_share = everything, rounding_share
        self._seed, self._eps = seed, eps
        self._foreign = foreign
        self._accuracy: dict[str, float] = {}

    def of(self, name: str) -> bool:
        """Whether complex steps by the entries of an array may be trusted."""
        if name not in self._accuracy:
            self._accuracy[name] = self._earned(name)
        return self._accuracy[name] < inf

    def accuracy(self, name: str) -> float:
        """Share of an array's largest derivative that could be lost without having been seen."""
        return UNSEEN * self._accuracy.get(name, 0.0) if self._foreign else 0.0

    def lose(self, name: str) -> None:
        """A complex evaluation failed: those of this array are not trusted any more."""
        self._accuracy[name] = inf

    @property
    def kept(self) -> bool:
        """Whether no array that was asked about is distrusted."""
        return all(accuracy < inf for accuracy in self._accuracy.values())

    def _earned(self, name: str) -> float:
        """To which share of itself the derivative agrees; infinite without trust."""
        try:
            loss, *others = self._compared_all(name)
        except LstmcheckError:  # a target that takes no complex numbers
            return inf
        # What is lost on the way to one output is lost, whatever the loss reads.
        outcomes = [outcome for outcome, _ in (loss, *others)]
        if Comparison.CONTRADICTS in outcomes:
            return inf
        if not self._foreign:
            return min(accuracy for _, accuracy in (loss, *others))
        # How a foreign pass does where it can be read says nothing of a loss that cannot: but if nothing at
        # all comes out of the array, nothing is lost.
        return 0.0 if any(accuracy == 0 for _, accuracy in others) else loss[1]

    def _all_probes(self) -> Sequence[Probe]:
        if self._everything is not None:
            function = self._everything()
            self._everything = None
            noise = (foreign_noise if self._foreign else loss_noise)(function, self._seed, self._eps)
            self._probes.append(Probe(function, noise, reads_everything=True))
        return self._probes

    def _compared_all(self, name: str) -> Iterator[tuple[Comparison, float]]:
        """Of every probe. All read the outputs of the same forward passes."""
        probes = self._all_probes()
        functions = [probe.function for probe in probes]
        # Each holds all arrays of the network: none is made before it is looked at.
        lines = cache(lambda k: line_through(functions, name, self._seed + k))
        for place, probe in enumerate(probes):
            yield self._compared(probe, place, lines, self._rounding_share.get(name, 0.0))

    def _compared(
        self, probe: Probe, place: int, lines: Callable[[int], LossAlongLine], rounding_share: float
    ) -> tuple[Comparison, float]:
        """Of our own network one direction that agrees is enough: a difference may meet a kink, what is lost
        shows in all. Of a foreign one all must agree: the worst of them tells how much could be lost.
        """
        found = []
        for k in range(TRUST_DIRECTIONS):
            found.append(compare_along(probe, place, lines(k), rounding_share, foreign=self._foreign))
            if (found[-1][0] is Comparison.AGREES) != self._foreign:
                break
        outcomes = [outcome for outcome, _ in found]
        if outcomes[-1] is Comparison.AGREES:
            return Comparison.AGREES, max(accuracy for _, accuracy in found if accuracy < inf)
        contradicted = Comparison.CONTRADICTS in outcomes
        return Comparison.CONTRADICTS if contradicted else Comparison.ILLEGIBLE, inf


def line_through(functions: Sequence[LossFunction], name: str, seed: int) -> LossAlongLine:
    """Along a random direction of one array, beside the point at which gradients are taken."""
    first = functions[0]
    arrays = moved(first.arrays, random_direction(first, seed, "aside"), ASIDE)
    return LossAlongLine(functions, arrays, random_direction(first, seed, only=name))


def compare_along(
    probe: Probe, place: int, line: LossAlongLine, rounding_share: float, *, foreign: bool = False
) -> tuple[Comparison, float]:
    """Compare the complex step with differences along a line, on ever finer ladders.

    The probe's function stands at `place` among those of the line. With the share of itself to which the
    derivative is seen to agree, infinite where it is not. Of a `foreign` pass that should be small.
    """
    comparable, enough = (COMPARABLE, SHARP) if foreign else (COMPARABLE_OURS, inf)
    exact = line.complex_steps(COMPLEX_STEP)[place]
    accuracy, contradicted, size = inf, False, 0.0
    for ladder in TRUST_LADDERS:
        if CAUTION * probe.noise / ladder[0] > min(accuracy, comparable) * size > 0:
            break  # finer steps see more noise, and no better
        differences = line.differences(ladder)[place]
        if exact == 0 and not differences.any():
            if not foreign or (probe.reads_everything and ladder is TRUST_LADDERS[0]):
                # Nothing comes out of this array in any way: there is nothing to lose.
                return Comparison.AGREES, 0.0
            break  # for want of digits, or because the imaginary part is lost
        # What the difference does not know, and what rounding takes of the complex derivative.
        value, error = _extrapolated(differences, probe.noise / np.array(ladder))
        size = max(abs(exact), abs(value))
        allowance = error + rounding_share * size
        if size == 0 or not allowance <= comparable * size:
            continue  # longer steps met something: of finer ones all may be zero
        if abs(value - exact) > allowance:
            contradicted = True  # unless a finer ladder agrees: long steps may settle on a wrong value
            continue
        accuracy = min(accuracy, allowance / size)
        if accuracy <= enough:
            break
    if accuracy < inf:
        return Comparison.AGREES, accuracy
    return Comparison.CONTRADICTS if contradicted else Comparison.ILLEGIBLE, inf


def _extrapolated(differences: Floats, noise: Floats) -> tuple[float, float]:
    """Derivative and uncertainty from differences and their noise, both (levels,)."""
    value, error = extrapolate(differences[:, None], noise)
    return float(value[0]), CAUTION * float(error[0])
