"""Complex steps of the entries of one array: whether they may be asked, and how well they are known."""

from __future__ import annotations

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.kinds import COMPLEX
from lstmcheck.reference.richardson import richardson
from lstmcheck.tolerances.complex_steps import FINER_LADDERS
from lstmcheck.tolerances.differences import LARGEST_STEP_BESIDE_KINKS
from lstmcheck.tolerances.verdict import REFERENCE_ROUNDING


class ComplexSteps:
    """Puts complex steps in the place of differences, as far as these do not contradict them."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.network, self.trust = bench, bench.network, bench.trust

    def are_trusted(self, given: Given) -> bool:
        """Those by the entries of an array."""
        return self.trust is not None and self.trust.of(given.info.name)

    def measure_all(self, found: Measurement) -> bool:
        """Whether complex steps by all entries could be taken."""
        if self.are_trusted(found.given):
            self.measure(found, np.arange(len(found.given.entries)))
        # Once more: trust is lost when one of them fails.
        return self.are_trusted(found.given)

    def measure(self, found: Measurement, which: Indices) -> None:
        """Those by some entries; nothing where one of them fails, and no trust any more."""
        assert self.trust is not None
        try:
            value, on_kink = self.network.complex_step(found.given.info, found.given.entries[which])
        except LstmcheckError:  # an operation that these numbers reach first takes no complex ones
            self.trust.lose(found.given.info.name)
            return
        apart = np.abs(value - found.value[which])
        contradicted = ~on_kink & np.isfinite(found.uncertainty[which]) & ~(apart <= found.uncertainty[which])
        contradicted[contradicted] = ~self._borne_out(found, which[contradicted], value[contradicted])
        # What differences rule out is not overruled: the uncertainty then reaches as far as they do.
        wide = apart + found.uncertainty[which]
        found.contradicted[which] = contradicted
        found.replace(which, COMPLEX, value, wide)
        # What agrees with a difference is no further from the truth than both of them together. (fmin: a
        # difference that is not finite says nothing, and takes nothing away.)
        unseen = np.where(contradicted, wide, np.fmin(self._unseen(found), wide))
        found.uncertainty[which] = REFERENCE_ROUNDING * found.rounding()[which] + unseen
        found.on_kink[which] = on_kink & np.isfinite(found.analytic[which])
        if on_kink.any():
            self._measure_across(found, which[on_kink])

    def _unseen(self, found: Measurement) -> float:
        """What a foreign complex step may have lost without its being seen, relative to the whole array.

        Trust was earned along directions of the whole array, in which its largest derivatives count.
        """
        assert self.trust is not None
        accuracy = self.trust.accuracy(found.given.info.name)
        largest = np.max(np.abs(found.value), initial=0, where=np.isfinite(found.value))
        return accuracy * float(largest) if accuracy else 0.0

    def _borne_out(self, found: Measurement, which: Indices, value: Floats) -> Flags:
        """Of complex steps that contradict the differences so far: where finer ones agree, and know or
        say better.

        In a chaotic network a difference may be confident and wrong. One that is right has finer ones on
        its side.
        """
        before, reach = found.value[which], found.uncertainty[which]
        cleared = np.zeros(len(which), bool)
        for ladder in FINER_LADDERS:
            left = np.flatnonzero(~cleared)
            if not len(left):
                break
            entries = found.given.entries[which[left]]
            finer, error, _ = richardson(self.network, found.given.info, entries, self.bench.noise, ladder)
            agrees = np.abs(finer - value[left]) <= error
            # To agree is not enough: a ladder that noise makes wide agrees with anything. It must be sharper
            # than the difference that it is called against, or contradict that difference itself.
            better = (error < reach[left]) | (np.abs(finer - before[left]) > reach[left] + error)
            cleared[left] = agrees & better
        return cleared

    def _measure_across(self, found: Measurement, which: Indices) -> None:
        """What lies between the derivatives on both sides of a kink: the mean of the two."""
        # So small a step that it crosses no other kink, and moves across this one by as much on each side.
        steps = np.full(len(which), LARGEST_STEP_BESIDE_KINKS)
        found.middle[which], _ = self.network.central(found.given.info, found.given.entries[which], steps)
