"""Screen, then confirm: a reference derivative for every entry of one array, as good as its verdict needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lstmcheck import verdict
from lstmcheck.errors import LstmcheckError
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
    LEGIBLE,
    NOISE_FACTOR,
    REFERENCE_ROUNDING,
    ROUNDING_ROOM,
    STEPS,
)

Extrapolation = Callable[[Network, ArrayInfo, Indices, float], tuple[Floats, Floats, Flags]]

METHODS = ("central", "richardson", "complex")
"""In the order of trust; `Measurement.method` holds positions in this."""
CENTRAL, RICHARDSON, COMPLEX = range(3)


@dataclass(frozen=True)
class Given:
    """What is to be measured: some entries of one array, and their analytic gradient at a loss scale of 1."""

    info: ArrayInfo
    entries: Indices
    """Flat indices, (K,)."""
    analytic: Floats
    """(K,)."""
    rounding: Floats
    """Of a correct backward pass, per scope: (scopes,)."""
    sizes: Floats
    """The largest gradient of each scope, checked or not, as a correct backward pass has it: (scopes,)."""
    rounding_is_share: bool = False
    """`rounding` is relative to the largest reference of each scope: the size of the gradients is not
    known before."""
    computable: Flags | None = None
    """Entries whose gradient a correct backward pass gets in float64, (K,); None: all."""
    imprecise: float = 0.0
    """Up to this share of its scope's scale a deviation may be lost precision: it is no proof of a
    mistake."""
    rows: Indices = field(init=False)
    """Position of each entry on the gate axis, (K,)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", self.info.row_of(self.entries))


class Measurement:
    """The references of one array's entries, all arrays (K,).

    Each entry is judged beside the others of its scope: its gate, its step of x, or its array. Steps of x
    that no reference resolves are one scope together with all of x, once the measurement is settled.
    """

    def __init__(self, given: Given, rtol: float) -> None:
        count = len(given.entries)
        self.given, self.rtol = given, rtol
        self.rows = given.rows
        self.scopes = given.info.scope_of(given.entries)
        self.analytic = verdict.flushed(given.analytic)
        self.value = np.zeros(count)
        self.uncertainty = np.full(count, np.inf)
        self.method = np.full(count, CENTRAL, np.int8)
        self.steps = np.zeros(count)
        """Of the central differences, whose values and uncertainties stay in `screened`."""
        self.screened = self.value, self.uncertainty
        self.on_kink = np.zeros(count, bool)
        """Of these the derivative was measured on one side."""
        self.middle = np.full(count, np.nan)
        """Of those, the mean of the derivatives on both sides: what a difference across the kink measures."""
        self.contradicted = np.zeros(count, bool)
        """Their complex step is not what differences find."""
        self.rough = np.zeros(count, bool)
        """Differences at finer steps find something else."""
        self.inert = np.zeros(count, bool)
        """The loss does not change with their gate."""

    # Scales and tolerances.

    def scales(self) -> Floats:
        """The largest reference of each entry's scope, (K,)."""
        size = np.where(np.isfinite(self.value), np.abs(self.value), 0)
        return np.asarray(self._largest(size)[self.scopes])

    def rounding(self) -> Floats:
        """Of each entry's scope, (K,)."""
        bounds = np.append(self.given.rounding, self.given.rounding.max(initial=0))[self.scopes]
        return np.asarray(bounds * self.scales() if self.given.rounding_is_share else bounds)

    def tolerances(self) -> Floats:
        """τ of each entry, (K,)."""
        return verdict.tolerance(self.scales(), self.rtol, self.rounding())

    def legible(self) -> Flags:
        """Entries of scopes whose gradients are not mostly rounding: of others nothing can be said."""
        # A sample may lack the largest entries, whose rounding is the bound of all.
        sizes = np.append(self.given.sizes, self.given.sizes.max(initial=0))[self.scopes]
        largest = np.maximum(self.scales(), np.where(np.isfinite(sizes), sizes, 0))
        return np.asarray(ROUNDING_ROOM * self.rounding() <= LEGIBLE * largest)

    def resolved(self) -> Flags:
        """Entries of scopes in which zeros would not pass."""
        with np.errstate(invalid="ignore"):
            beyond = np.abs(self.value) - self.uncertainty > self.tolerances()
        return np.asarray(self._largest(beyond)[self.scopes] > 0)

    def settle(self) -> None:
        """Steps of x whose references are too uncertain are judged by the scale of their whole array."""
        if self.given.info.scopes > self.given.info.rows:
            whole = self.given.info.scopes
            vague = self._largest(~(self.uncertainty <= self.tolerances()))[self.scopes] > 0
            self.scopes = np.where(self.resolved() & self.legible() & ~vague, self.scopes, whole)

    def _largest(self, values: Floats | Flags) -> Floats:
        """By scope, and a place for the whole array behind them: (scopes + 1,)."""
        found = np.zeros(self.given.info.scopes + 1)
        np.maximum.at(found, self.scopes, values)
        found[-1] = np.max(values, initial=0)
        return found

    # Verdicts.

    def passed(self) -> Flags:
        """Entries that agree for certain."""
        return self._judged(verdict.passes) & self.legible() & self.resolved() | self._both_zero()

    def failed(self) -> Flags:
        """Entries that disagree for certain."""
        finite = np.isfinite(self.analytic)
        excused = finite & (~self.legible() | self.imprecise()) | ~(finite | self._computable())
        return self._judged(verdict.fails) & ~self.on_kink & ~excused

    def imprecise(self) -> Flags:
        """Entries that are off by no more than lost precision explains."""
        reach = self.given.imprecise * self.scales()
        return np.asarray(np.abs(self.analytic - self.value) <= reach) & (reach > 0)

    def unmeasurable(self) -> Flags:
        """Entries at a kink that lie between the derivatives on its two sides, and agree with neither."""
        reach = np.abs(self.value - self.middle) * (1 + self.rtol) + self.tolerances()
        return np.asarray(self.on_kink & ~self.passed() & (np.abs(self.analytic - self.middle) <= reach))

    def overflowed(self) -> Flags:
        """Entries of which no number can be had, though nothing is wrong with the gradient."""
        return ~np.isfinite(self.value) | ~(np.isfinite(self.analytic) | self._computable())

    def told_from_zero(self) -> Flags:
        """Entries that fail, are larger than τ + u, right to `rtol` of themselves, or zero in both."""
        size = np.abs(self.value)
        with np.errstate(invalid="ignore"):
            itself = np.abs(self.analytic - self.value) + self.uncertainty <= self.rtol * size
            large = size > self.tolerances() + self.uncertainty
        zero = (self.analytic == 0) & (self.value == 0)
        return np.asarray(self.failed() | self.passed() & (large | itself | zero))

    def _computable(self) -> Flags:
        computable = self.given.computable
        return np.ones(len(self.value), bool) if computable is None else computable

    def _both_zero(self) -> Flags:
        """Exactly: a complex step can tell, or that their gate has no effect at all."""
        exact = (self.method == COMPLEX) & ~self.contradicted | self.inert
        return np.asarray((self.analytic == 0) & (self.value == 0) & exact)

    def _judged(self, rule: verdict.Rule) -> Flags:
        return rule(self.analytic, self.value, self.uncertainty, self.tolerances())

    def replace(self, which: Indices, method: int, value: Floats, uncertainty: Floats) -> None:
        """Put better measurements in the place of some."""
        self.value[which] = verdict.flushed(value)
        self.uncertainty[which] = uncertainty
        self.method[which] = method


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
