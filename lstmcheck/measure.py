"""Screen, then confirm: a reference derivative for every entry of one array, as good as its verdict needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck import verdict
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.central import LARGEST_STEP_BESIDE_KINKS, Screening
from lstmcheck.reference.evaluate import Network
from lstmcheck.reference.richardson import CAUTION, STEPS, richardson, richardson_twice

METHODS = ("central", "richardson", "complex")
"""In the order of trust; `Measurement.method` holds positions in this."""
CENTRAL, RICHARDSON, COMPLEX = range(3)


@dataclass(frozen=True)
class Given:
    """What is to be measured: some entries of one array, and their analytic gradient."""

    info: ArrayInfo
    entries: Indices
    """Flat indices, (K,)."""
    rows: Indices
    """Position of each on the gate axis, (K,)."""
    analytic: Floats
    """(K,)."""
    rounding: Floats
    """Of the backward pass, per row: (rows,)."""
    largest: float = 0.0
    """Size of the array's largest gradient, whether its entry is checked or not."""
    imprecise: float = 0.0
    """Up to this share of its row's scale a deviation may be lost precision: it is no proof of a mistake."""


class Measurement:
    """The references of one array's entries, all arrays (K,)."""

    def __init__(self, given: Given, rtol: float) -> None:
        count = len(given.entries)
        self.given, self.rtol = given, rtol
        self.rows, self.rounding = given.rows, given.rounding[given.rows]
        self.analytic = verdict.flushed(given.analytic)
        self.value = np.zeros(count)
        self.uncertainty = np.full(count, np.inf)
        self.method = np.full(count, CENTRAL, np.int8)
        self.steps = np.zeros(count)
        self.on_kink = np.zeros(count, bool)
        """Of these the derivative was measured on one side."""
        self.middle = np.full(count, np.nan)
        """Of those, the mean of the derivatives on both sides: what a difference across the kink measures."""

    def row_scales(self) -> Floats:
        """The largest reference of each entry's row, and of the array where that is zero, (K,)."""
        size = np.where(np.isfinite(self.value), np.abs(self.value), 0)
        scales = np.zeros(len(self.given.rounding))
        np.maximum.at(scales, self.rows, size)
        return np.where(scales > 0, scales, size.max(initial=0))[self.rows]

    def tolerances(self) -> Floats:
        """τ of each entry, (K,)."""
        return verdict.tolerance(self.row_scales(), self.rtol, self.rounding)

    def illegible(self) -> Flags:
        """Entries of rows that are mostly rounding, of both passes: nothing can be said about them."""
        largest = np.max(np.abs(self.value), initial=self.given.largest, where=np.isfinite(self.value))
        return np.asarray(verdict.ROUNDING_ROOM * self.rounding > verdict.LEGIBLE * largest)

    def passed(self) -> Flags:
        """Entries that agree for certain."""
        return self._judged(verdict.passes) & (~self.illegible() | self._both_zero())

    def failed(self) -> Flags:
        """Entries that disagree for certain."""
        finite = np.isfinite(self.analytic) & np.isfinite(self.value)
        excused = finite & (self.illegible() | self.imprecise())
        return self._judged(verdict.fails) & ~self.on_kink & ~excused

    def imprecise(self) -> Flags:
        """Entries that are off by no more than lost precision explains."""
        reach = self.given.imprecise * self.row_scales()
        return np.asarray(np.abs(self.analytic - self.value) <= reach) & (reach > 0)

    def _both_zero(self) -> Flags:
        return np.asarray((self.analytic == 0) & (self.value == 0) & (self.method == COMPLEX))

    def unmeasurable(self) -> Flags:
        """Entries at a kink that lie between the derivatives on its two sides, and agree with neither."""
        reach = np.abs(self.value - self.middle) * (1 + self.rtol) + self.tolerances()
        return np.asarray(self.on_kink & ~self.passed() & (np.abs(self.analytic - self.middle) <= reach))

    def _judged(self, rule: verdict.Rule) -> Flags:
        return rule(self.analytic, self.value, self.uncertainty, self.tolerances())

    def replace(self, which: Indices, method: int, value: Floats, uncertainty: Floats) -> None:
        """Put better measurements in the place of some."""
        self.value[which] = verdict.flushed(value)
        self.uncertainty[which] = uncertainty
        self.method[which] = method


class Measurer:
    """Measures arrays of one network, all with the same noise."""

    def __init__(
        self, network: Network, noise: float, *, rtol: float, step: float | None, complex_step: bool
    ) -> None:
        self.network, self.noise, self.rtol = network, noise, rtol
        self.complex_step = complex_step
        self.screening = Screening(network, noise, step=step, kinks=network.has_kinks)

    def by_differences(self, given: Given, random: np.random.Generator) -> Measurement:
        """Central differences, then Richardson and complex steps for what they leave open."""
        found = Measurement(given, self.rtol)
        found.value, found.uncertainty, kinked, found.steps = self.screening.measure(
            given.info, given.entries, given.rows, given.analytic, random
        )
        found.uncertainty += found.rounding
        self._confirm(found, RICHARDSON, kinked)
        if self.complex_step:
            self._confirm(found, COMPLEX, kinked)
        return found

    def by_complex_step(self, given: Given) -> Measurement:
        """Complex steps for every entry."""
        found = Measurement(given, self.rtol)
        self._measure_complex(found, np.arange(len(given.entries)))
        return found

    def _confirm(self, found: Measurement, method: int, kinked: Flags) -> None:
        """Measure again what has not passed, the worst first, until every gate passes or surely fails."""
        batch = self.network.confirmed_first
        while True:
            open_entries = self._open(found, method, kinked)
            chosen = _worst_of_each_row(found, open_entries, batch)
            if not len(chosen):
                return
            if method == RICHARDSON:
                self._measure_richardson(found, chosen)
            else:
                self._measure_complex(found, chosen)
            batch *= 4

    def _open(self, found: Measurement, method: int, kinked: Flags) -> Flags:
        # A step that was asked for stays: its own error is the lesson, unless it would accuse someone.
        doubted = ~found.passed() if self.screening.step is None else found.failed()
        wanted = doubted & np.isfinite(found.analytic) & (found.method < method)
        if method == COMPLEX:
            # It would be as unreadable; unless the noise of the difference is all that there was to read.
            wanted &= ~found.illegible() | (found.uncertainty > np.abs(found.value))
        proven = found.failed() & (found.method == method) & _scale_is_certain(found)
        wanted &= ~np.isin(found.rows, found.rows[proven])
        if method == RICHARDSON:
            # A kink spoils every level of the tableau; noise above the tolerance cannot be extrapolated away.
            wanted &= ~kinked & (CAUTION * self.noise / STEPS[0] < found.tolerances())
        return wanted

    def _measure_richardson(self, found: Measurement, which: Indices) -> None:
        given = found.given
        # Without a complex step to ask, two ladders must agree: one alone may settle on a wrong value.
        measure = richardson if self.complex_step else richardson_twice
        value, uncertainty, _ = measure(self.network, given.info, given.entries[which], self.noise)
        # Steps this long may converge to something else: where the small step says so, that is an error.
        apart = np.abs(value - found.value[which])
        uncertainty = (
            np.where(apart > found.uncertainty[which], apart, 0) + uncertainty + found.rounding[which]
        )
        better = uncertainty < found.uncertainty[which]
        found.method[which] = RICHARDSON
        found.replace(which[better], RICHARDSON, value[better], uncertainty[better])

    def _measure_complex(self, found: Measurement, which: Indices) -> None:
        value, on_kink = self.network.complex_step(found.given.info, found.given.entries[which])
        # Its rounding is of the same kind and size as that of the backward pass.
        uncertainty = 2 * found.rounding[which]
        found.replace(which, COMPLEX, value, uncertainty)
        found.on_kink[which] = on_kink & np.isfinite(found.analytic[which])
        if on_kink.any():
            self._measure_across(found, which[on_kink])

    def _measure_across(self, found: Measurement, which: Indices) -> None:
        steps = np.full(len(which), LARGEST_STEP_BESIDE_KINKS)
        found.middle[which], _ = self.network.central(found.given.info, found.given.entries[which], steps)


def _scale_is_certain(found: Measurement) -> Flags:
    """Entries in rows whose largest reference is no mere noise."""
    doubtful = (np.abs(found.value) >= found.row_scales() / 2) & (
        found.uncertainty > 0.1 * np.abs(found.value)
    )
    return ~np.isin(found.rows, found.rows[doubtful])


def _worst_of_each_row(found: Measurement, wanted: Flags, count: int) -> Indices:
    """Up to `count` wanted entries of each row, those with the largest deviation."""
    chosen = []
    deviation = np.abs(found.analytic - found.value)
    for row in np.unique(found.rows[wanted]):
        mine = np.flatnonzero(wanted & (found.rows == row))
        chosen.append(mine[np.argsort(-deviation[mine], kind="stable")[:count]])
    return np.concatenate(chosen) if chosen else np.empty(0, np.intp)
