"""Screen, then confirm: a reference derivative for every entry of an array, as good as its verdict needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lstmcheck.judge.extrapolations import Extrapolations
from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.judge.trusted_complex_steps import ComplexSteps
from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.types import Flags, Indices
from lstmcheck.reference.central import Screening
from lstmcheck.reference.kinds import COMPLEX, RICHARDSON
from lstmcheck.tolerances.differences import CAUTION, MORE_EACH_ROUND, STEPS


class ByDifferences:
    """Central differences, then Richardson and complex steps for what they leave open."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.network = bench, bench.network
        self.screening = Screening(bench.network, bench.noise, step=bench.step, kinks=bench.network.has_kinks)
        self.extrapolations, self.complex_steps = Extrapolations(bench), ComplexSteps(bench)

    def measure(self, asked: Sequence[Given]) -> list[Measurement]:
        """One array after the other."""
        return [self.measure_one(g, generator(self.bench.seed, f"sample {g.info.name}")) for g in asked]

    def measure_one(self, given: Given, random: np.random.Generator) -> Measurement:
        """`random` draws the entries that are looked at more closely."""
        found = Measurement(given, self.bench.rtol)
        screened = self.screening.measure(given.info, given.entries, given.rows, given.analytic, random)
        found.screen(screened.value, screened.uncertainty, screened.steps)
        if not (self.bench.complex_first and self.complex_steps.measure_all(found)):
            self._confirm(found, screened.kinked)
        self._ask_for_zeros(found)
        found.settle()
        return found

    def _ask_for_zeros(self, found: Measurement) -> None:
        """Of zeros that no complex step certifies: does the loss change with their gate at all?"""
        undecided = (found.analytic == 0) & (found.value == 0) & ~found.passed()
        for row in np.unique(found.rows[undecided]):
            found.inert |= (found.rows == row) & (not self.bench.has_effect(found.given.info, int(row)))

    def _confirm(self, found: Measurement, kinked: Flags) -> None:
        """Measure again what has not passed: extrapolated, then by complex steps; or doubt what fails."""
        self._again(
            found, lambda: self._worth_extrapolating(found, kinked), RICHARDSON, self.extrapolations.measure
        )
        # Trust costs evaluations to earn: it is not asked about before something is left over.
        if self._open(found, COMPLEX).any():
            self._again(found, lambda: self._worth_a_complex_step(found), COMPLEX, self.complex_steps.measure)
        if found.failed().any() and not self.complex_steps.are_trusted(found.given):
            self._doubt(found)

    def _again(
        self,
        found: Measurement,
        wanted: Callable[[], Flags],
        kind: int,
        measure: Callable[[Measurement, Indices], None],
    ) -> None:
        """The worst first, until every gate passes or surely fails."""
        batch = self.network.confirmed_first
        while True:
            # One entry that fails decides its gate; but a scale that is noise would make any entry fail.
            proven = found.failed() & (found.method == kind) & found.scale_is_certain()
            chosen = _worst_of_each_row(found, wanted() & ~np.isin(found.rows, found.rows[proven]), batch)
            if not len(chosen):
                return
            measure(found, chosen)
            batch *= MORE_EACH_ROUND

    def _open(self, found: Measurement, kind: int) -> Flags:
        # A step that was asked for stays: its own error is the lesson, unless it would accuse someone.
        doubted = ~found.passed() if self.screening.step is None else found.failed()
        return np.asarray(doubted & np.isfinite(found.analytic) & (found.method < kind))

    def _worth_extrapolating(self, found: Measurement, kinked: Flags) -> Flags:
        """A kink spoils every level of the tableau; noise above the tolerance cannot be extrapolated away."""
        # At the longest step noise is least: what is too noisy there is so at every level.
        quiet = CAUTION * self.bench.noise / STEPS[0] < found.tolerances()
        return np.asarray(self._open(found, RICHARDSON) & ~kinked & quiet)

    def _worth_a_complex_step(self, found: Measurement) -> Flags:
        """It would be as illegible as the rest; unless noise is all that there was to read so far."""
        if not self.complex_steps.are_trusted(found.given):
            return np.zeros(len(found.value), bool)
        noisy = ~(found.uncertainty <= np.abs(found.value))
        return np.asarray(self._open(found, COMPLEX) & (found.legible() | noisy))

    def _doubt(self, found: Measurement) -> None:
        """Without a complex step to ask, what fails by differences is measured again before it accuses."""
        doubted = np.zeros(len(found.value), bool)
        batch = self.network.confirmed_first
        while True:
            failing = found.failed() & np.isfinite(found.analytic)
            proven = failing & doubted & found.scale_is_certain()
            open_rows = ~np.isin(found.rows, found.rows[proven])
            chosen = _worst_of_each_row(found, failing & ~doubted & open_rows, batch)
            if not len(chosen):
                return
            self.extrapolations.doubt(found, chosen)
            doubted[chosen] = True
            batch *= MORE_EACH_ROUND


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
