"""Extrapolated differences, and the doubt in what fails by differences alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lstmcheck.judge.measurement import Measurement
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.kinds import RICHARDSON
from lstmcheck.reference.network import Network
from lstmcheck.reference.richardson import richardson, richardson_twice
from lstmcheck.tolerances.differences import CLOSER, CLOSER_LOOKS, LEGIBLE_SHARE, NOISE_FACTOR

Extrapolation = Callable[[Network, ArrayInfo, Indices, float], tuple[Floats, Floats, Flags]]


class Extrapolations:
    """Puts extrapolated differences in the place of single ones."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.network = bench, bench.network

    def measure(self, found: Measurement, which: Indices) -> None:
        """Those by some entries, where they are known better."""
        value, error = self._extrapolated(richardson, found, which)
        better = error < found.uncertainty[which]
        # All of them count as extrapolated: what was no better then is not asked for again.
        found.method[which] = RICHARDSON
        found.replace(which[better], RICHARDSON, value[better], error[better])

    def doubt(self, found: Measurement, which: Indices) -> None:
        """What fails must fail by two ladders, and at ever finer steps.

        One ladder alone may settle on a wrong value, and a step may straddle a kink that nobody has told of.
        """
        again = which[found.method[which] == RICHARDSON]
        if len(again):
            found.replace(again, RICHARDSON, *self._extrapolated(richardson_twice, found, again))
        self._look_closer(found, which)

    def _look_closer(self, found: Measurement, which: Indices) -> None:
        """Central differences at finer steps, as long as noise lets them tell the gradient from the
        reference."""
        finer, reach = self._difference(found, which, 1)
        for k in range(2, CLOSER_LOOKS + 1):
            next_finer, next_reach = self._difference(found, which, k)
            value, uncertainty = found.value[which], found.uncertainty[which]
            legible = reach < LEGIBLE_SHARE * np.abs(found.analytic[which] - value)
            refuted = legible & (np.abs(finer - value) > reach + uncertainty)
            # One fine step may straddle a kink as well as a long one: the next finer one must agree with it
            # before its value counts. Where it does not, neither does: the uncertainty covers both.
            apart = np.abs(next_finer - finer)
            borne_out = apart <= reach + next_reach
            found.value[which] = np.where(refuted & borne_out, finer, value)
            wide = np.where(borne_out, reach + apart, np.abs(finer - value) + reach)
            found.uncertainty[which] = np.where(refuted, wide, uncertainty)
            found.rough[which] |= refuted
            finer, reach = next_finer, next_reach

    def _difference(self, found: Measurement, which: Indices, k: int) -> tuple[Floats, Floats]:
        """Central differences at a step k times 2⁻⁴ of the screening's, and what noise and rounding do to
        them."""
        steps = found.steps[which] * CLOSER**k
        value, _ = self.network.central(found.given.info, found.given.entries[which], steps)
        return value, NOISE_FACTOR * self.bench.noise / steps + found.rounding()[which]

    def _extrapolated(
        self, extrapolation: Extrapolation, found: Measurement, which: Indices
    ) -> tuple[Floats, Floats]:
        """Values and uncertainties of some entries."""
        given = found.given
        value, error, _ = extrapolation(self.network, given.info, given.entries[which], self.bench.noise)
        # Steps this long may converge to something else: where the small step says so, that is an error.
        small, uncertainty = (each[which] for each in found.screened)
        apart = np.abs(value - small)
        # The reference is compared with a gradient that is itself rounded.
        return value, np.where(apart > uncertainty, apart, 0) + error + found.rounding()[which]
