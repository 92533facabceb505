"""Screen, then confirm: a reference derivative for every entry of one array, as good as its verdict needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.measurement import COMPLEX, RICHARDSON, Given, Measurement
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.central import Screening
from lstmcheck.reference.complex_step import Trust
from lstmcheck.reference.evaluate import Network
from lstmcheck.reference.richardson import richardson, richardson_twice
from lstmcheck.tolerances import (
    CAUTION,
    CERTAIN_SCALE,
    CLOSER,
    CLOSER_LOOKS,
    FINER_LADDERS,
    LARGEST_STEP_BESIDE_KINKS,
    NOISE_FACTOR,
    REFERENCE_ROUNDING,
    STEPS,
)

Extrapolation = Callable[[Network, ArrayInfo, Indices, float], tuple[Floats, Floats, Flags]]


class Measurer:
    """Measures arrays on one network; `noise` is the standard deviation of its loss.

    `trust` tells of which arrays complex steps may be used; `everywhere`: they are preferred where they
    may. `inert` tells of a row of an array whether the loss stays the same to the last bit, however that
    is changed.
    """

    def __init__(
        self,
        network: Network,
        noise: float,
        *,
        rtol: float,
        step: float | None,
        trust: Trust | None,
        everywhere: bool = False,
        inert: Callable[[ArrayInfo, int], bool] = lambda info, row: False,
    ) -> None:
        self.network, self.noise, self.rtol = network, noise, rtol
        self.trust, self.everywhere, self.inert = trust, everywhere, inert
        self.screening = Screening(network, noise, step=step, kinks=network.has_kinks)

    def by_differences(self, given: Given, random: np.random.Generator) -> Measurement:
        """Central differences, then Richardson and complex steps for what they leave open."""
        found = Measurement(given, self.rtol)
        found.value, found.uncertainty, kinked, found.steps = self.screening.measure(
            given.info, given.entries, given.rows, given.analytic, random
        )
        found.uncertainty += found.rounding()
        found.screened = found.value.copy(), found.uncertainty.copy()
        if not (self.everywhere and self._all_complex(found)):
            self._confirm(found, kinked)
        self._ask_for_zeros(found)
        found.settle()
        return found

    def _ask_for_zeros(self, found: Measurement) -> None:
        """Of zeros that no complex step certifies: does the loss change with their gate at all?"""
        undecided = (found.analytic == 0) & (found.value == 0) & ~found.passed()
        for row in np.unique(found.rows[undecided]):
            found.inert |= (found.rows == row) & self.inert(found.given.info, int(row))

    def by_complex_step(self, given: Given, random: np.random.Generator) -> Measurement:
        """Complex steps for every entry; differences where those of this array are not trusted."""
        found = Measurement(given, self.rtol)
        if not self._all_complex(found):
            return self.by_differences(given, random)
        found.settle()
        return found

    def _all_complex(self, found: Measurement) -> bool:
        """Whether complex steps by all entries could be taken."""
        if self._trusted(found.given):
            self._measure_complex(found, np.arange(len(found.given.entries)))
        return self._trusted(found.given)

    def _trusted(self, given: Given) -> bool:
        return self.trust is not None and self.trust.of(given.info.name)

    def _confirm(self, found: Measurement, kinked: Flags) -> None:
        """Measure again what has not passed: extrapolated, then by complex steps; or doubt what fails."""
        self._again(
            found, lambda: self._worth_extrapolating(found, kinked), RICHARDSON, self._measure_richardson
        )
        if self._open(found, COMPLEX).any():
            self._again(found, lambda: self._worth_a_complex_step(found), COMPLEX, self._measure_complex)
        if found.failed().any() and not self._trusted(found.given):
            self._doubt(found)

    def _again(
        self,
        found: Measurement,
        wanted: Callable[[], Flags],
        method: int,
        measure: Callable[[Measurement, Indices], None],
    ) -> None:
        """The worst first, until every gate passes or surely fails."""
        batch = self.network.confirmed_first
        while True:
            proven = found.failed() & (found.method == method) & _scale_is_certain(found)
            chosen = _worst_of_each_row(found, wanted() & ~np.isin(found.rows, found.rows[proven]), batch)
            if not len(chosen):
                return
            measure(found, chosen)
            batch *= 4

    def _open(self, found: Measurement, method: int) -> Flags:
        # A step that was asked for stays: its own error is the lesson, unless it would accuse someone.
        doubted = ~found.passed() if self.screening.step is None else found.failed()
        return np.asarray(doubted & np.isfinite(found.analytic) & (found.method < method))

    def _worth_extrapolating(self, found: Measurement, kinked: Flags) -> Flags:
        """A kink spoils every level of the tableau; noise above the tolerance cannot be extrapolated away."""
        quiet = CAUTION * self.noise / STEPS[0] < found.tolerances()
        return np.asarray(self._open(found, RICHARDSON) & ~kinked & quiet)

    def _worth_a_complex_step(self, found: Measurement) -> Flags:
        """It would be as illegible as the rest; unless noise is all that there was to read so far."""
        if not self._trusted(found.given):
            return np.zeros(len(found.value), bool)
        noisy = ~(found.uncertainty <= np.abs(found.value))
        return np.asarray(self._open(found, COMPLEX) & (found.legible() | noisy))

    def _measure_richardson(self, found: Measurement, which: Indices) -> None:
        value, error = self._extrapolated(richardson, found, which)
        better = error < found.uncertainty[which]
        found.method[which] = RICHARDSON
        found.replace(which[better], RICHARDSON, value[better], error[better])

    def _doubt(self, found: Measurement) -> None:
        """Without a complex step to ask, what fails must fail by two ladders, and at ever finer steps.

        One ladder alone may settle on a wrong value, and a step may straddle a kink that nobody has told of.
        """
        doubted = np.zeros(len(found.value), bool)
        batch = self.network.confirmed_first
        while True:
            failing = found.failed() & np.isfinite(found.analytic)
            proven = failing & doubted & _scale_is_certain(found)
            open_rows = ~np.isin(found.rows, found.rows[proven])
            chosen = _worst_of_each_row(found, failing & ~doubted & open_rows, batch)
            if not len(chosen):
                return
            again = chosen[found.method[chosen] == RICHARDSON]
            if len(again):
                found.replace(again, RICHARDSON, *self._extrapolated(richardson_twice, found, again))
            self._look_closer(found, chosen)
            doubted[chosen] = True
            batch *= 4

    def _look_closer(self, found: Measurement, which: Indices) -> None:
        """Central differences at finer steps, as long as noise lets them tell the gradient from the
        reference."""
        finer, reach = self._difference(found, which, 1)
        for k in range(2, CLOSER_LOOKS + 1):
            next_finer, next_reach = self._difference(found, which, k)
            value, uncertainty = found.value[which], found.uncertainty[which]
            legible = reach < np.abs(found.analytic[which] - value) / 2
            refuted = legible & (np.abs(finer - value) > reach + uncertainty)
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
        return value, NOISE_FACTOR * self.noise / steps + found.rounding()[which]

    def _extrapolated(
        self, extrapolation: Extrapolation, found: Measurement, which: Indices
    ) -> tuple[Floats, Floats]:
        """Values and uncertainties of some entries."""
        given = found.given
        value, error, _ = extrapolation(self.network, given.info, given.entries[which], self.noise)
        # Steps this long may converge to something else: where the small step says so, that is an error.
        small, uncertainty = (each[which] for each in found.screened)
        apart = np.abs(value - small)
        return value, np.where(apart > uncertainty, apart, 0) + error + found.rounding()[which]

    def _measure_complex(self, found: Measurement, which: Indices) -> None:
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
        # What agrees with a difference is no further from the truth than both of them together.
        unseen = np.where(contradicted, wide, np.fmin(self._unseen(found), wide))
        found.uncertainty[which] = REFERENCE_ROUNDING * found.rounding()[which] + unseen
        found.on_kink[which] = on_kink & np.isfinite(found.analytic[which])
        if on_kink.any():
            self._measure_across(found, which[on_kink])

    def _unseen(self, found: Measurement) -> float:
        """What a foreign complex step may have lost without its being seen, relative to the whole array."""
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
            finer, error, _ = richardson(self.network, found.given.info, entries, self.noise, ladder)
            agrees = np.abs(finer - value[left]) <= error
            better = (error < reach[left]) | (np.abs(finer - before[left]) > reach[left] + error)
            cleared[left] = agrees & better
        return cleared

    def _measure_across(self, found: Measurement, which: Indices) -> None:
        steps = np.full(len(which), LARGEST_STEP_BESIDE_KINKS)
        found.middle[which], _ = self.network.central(found.given.info, found.given.entries[which], steps)


def _scale_is_certain(found: Measurement) -> Flags:
    """Entries in scopes whose largest reference is no mere noise."""
    doubtful = (np.abs(found.value) >= found.scales() / 2) & (
        found.uncertainty > CERTAIN_SCALE * np.abs(found.value)
    )
    return ~np.isin(found.scopes, found.scopes[doubtful])


def _worst_of_each_row(found: Measurement, wanted: Flags, count: int) -> Indices:
    """Up to `count` wanted entries of each gate, those with the largest deviation beside their scope's
    scale."""
    chosen = []
    scales = found.scales()
    deviation = np.abs(found.analytic - found.value) / np.where(scales > 0, scales, 1)
    for row in np.unique(found.rows[wanted]):
        mine = np.flatnonzero(wanted & (found.rows == row))
        chosen.append(mine[np.argsort(-deviation[mine], kind="stable")[:count]])
    return np.concatenate(chosen) if chosen else np.empty(0, np.intp)
