"""Derivatives along directions with their uncertainties, beside a gradient along the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.types import Flags, Floats
from lstmcheck.reference.complex_trust import Trust
from lstmcheck.reference.directions import DirectionalNetwork, Directions, Slopes
from lstmcheck.reference.richardson import extrapolate
from lstmcheck.tolerances.complex_steps import FINER_LADDERS
from lstmcheck.tolerances.differences import CAUTION
from lstmcheck.tolerances.directions import DIRECTION_LADDERS
from lstmcheck.tolerances.verdict import REFERENCE_ROUNDING


class Compared(NamedTuple):
    """A gradient and the derivative along the same directions, all (K,)."""

    projected: Floats
    value: Floats
    error: Floats
    """v: how far the two may be apart though the gradient is right."""


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

    def _extrapolated(self, seen: Slopes, steps: Floats) -> Compared:
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

    def _complex(self, asked: Sequence[Directions]) -> list[Slopes | None]:
        try:
            return list(self.network.complex_along(asked)) if asked else []
        except LstmcheckError:  # an operation that these numbers reach first takes no complex ones
            if len(asked) > 1:
                return [seen for each in asked for seen in self._complex([each])]
            self.trust.lose(asked[0].claim.info.name)
            return [None]

    def _exact(self, asked: Directions, seen: Slopes | None) -> Compared:
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
            # One that noise makes wide agrees with anything, and is no witness.
            better = (finer.error < difference.error) | (apart > difference.error + finer.error)
            cleared |= agrees & better
        return cleared
