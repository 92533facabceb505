"""The screening pass: one central difference an entry, with a step that balances its two errors.

The error of a central difference with step s is at most t·s² + n/s. t is a sixth of the third derivative:
(L(θ + s) − L(θ − s))/2s = L′ + s²·L‴/6 + O(s⁴); n is what the noise of the loss may do to a difference,
NOISE_FACTOR of its standard deviations. The step is set by minimising this bound, and the bound is what is
reported, with two differences. Steps are kept between limits, so that they need not be the best ones; and t,
which the step was chosen with, comes from a sample taken before: entries that then agree least with the
gradient in question are looked at once more, and where they bend more, the larger t is reported with the step
as it was. So what is reported is never less than what was minimised.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.network import Evaluator
from lstmcheck.tolerances.differences import (
    LARGEST_STEP,
    LARGEST_STEP_BESIDE_KINKS,
    NOISE_FACTOR,
    SMALLEST_STEP,
    TRUNCATION_SAMPLE,
    TRUNCATION_STEPS,
)
from lstmcheck.tolerances.precision import VANISHED


class Screened(NamedTuple):
    """Of each entry, all (K,): its derivative, the bound on the error of that, whether a kink is in the way,
    and the step."""

    value: Floats
    uncertainty: Floats
    kinked: Flags
    steps: Floats


class Screening:
    """Central differences of one array's entries, the steps chosen per gate."""

    def __init__(self, evaluator: Evaluator, noise: float, *, step: float | None, kinks: bool) -> None:
        self.evaluator, self.step = evaluator, step
        self._reach = NOISE_FACTOR * noise
        self.largest_step = LARGEST_STEP_BESIDE_KINKS if kinks else LARGEST_STEP

    def measure(
        self,
        info: ArrayInfo,
        entries: Indices,
        rows: Indices,
        analytic: Floats,
        random: np.random.Generator,
    ) -> Screened:
        """Central differences by flat `entries` lying in gate `rows`.

        `analytic` only tells which entries are worth a closer look: no value and no bound is a function of it
        otherwise, so that a wrong gradient cannot draw its reference towards itself.
        """
        gates = [np.flatnonzero(rows == row) for row in np.unique(rows)]
        truncation, steps = np.zeros(len(entries)), np.zeros(len(entries))
        samples = [_largest_and_some(mine, np.abs(analytic[mine]), random) for mine in gates]
        for mine, largest in zip(gates, self._truncation(info, entries, samples), strict=True):
            truncation[mine], steps[mine] = largest, self._step(largest)
        value, kinked = self.evaluator.central(info, entries, steps)
        apart = np.abs(analytic - value)
        samples = [_largest_and_some(mine, apart[mine], random) for mine in gates]
        for mine, largest in zip(
            gates, self._truncation_at(info, entries, value, steps, samples), strict=True
        ):
            truncation[mine] = np.maximum(truncation[mine], largest)
        uncertainty = self._bound(truncation, steps)
        # Across a kink there is no third derivative, and no bound.
        uncertain = kinked | ~np.isfinite(value) | ~np.isfinite(uncertainty)
        return Screened(value, np.where(uncertain, np.inf, uncertainty), kinked, steps)

    def _bound(self, truncation: Floats, steps: Floats) -> Floats:
        """t·s² + n/s."""
        return np.asarray(self._reach / steps + truncation * steps**2)

    def _truncation_at(
        self, info: ArrayInfo, entries: Indices, value: Floats, steps: Floats, samples: Sequence[Indices]
    ) -> list[float]:
        """The largest t of each sample of entries, from the steps in use and their doubles."""
        # D(2s) − D(s) = t·(4s² − s²). Noise in it is taken for truncation: the bound only grows by that.
        which = _all(samples)
        doubled, kinked = self.evaluator.central(info, entries[which], 2 * steps[which])
        coefficients = np.abs(doubled - value[which]) / (3 * steps[which] ** 2)
        coefficients[kinked | ~np.isfinite(coefficients)] = 0
        return [float(np.max(each, initial=0)) for each in _apart(coefficients, samples)]

    def _step(self, truncation: float) -> float:
        if self.step is not None:
            return self.step
        # d/ds (t·s² + n/s) = 0. VANISHED stands for a t of zero: the longest step then, where noise is least.
        best = (self._reach / 2 / max(truncation, VANISHED)) ** (1 / 3)
        return float(np.clip(best, SMALLEST_STEP, self.largest_step))

    def _truncation(self, info: ArrayInfo, entries: Indices, samples: Sequence[Indices]) -> list[float]:
        """The largest t of each sample of entries, each from the smallest steps at which it stands out of the
        noise."""
        steps = np.array(TRUNCATION_STEPS)
        tried = entries[_all(samples)]
        value, kinked = self.evaluator.central(info, np.repeat(tried, len(steps)), np.tile(steps, len(tried)))
        value, usable = value.reshape(-1, len(steps)), ~kinked.reshape(-1, len(steps))
        # Each step is an eighth of the one before: what is left of its truncation, 1/64, counts as none.
        change = np.abs(np.diff(value, axis=1))
        usable = usable[:, 1:] & usable[:, :-1]
        # Noise is larger in the finer of two differences: together they are off by less than twice that.
        visible = usable & (change > 2 * self._reach / steps[1:])
        found = np.array([*map(_last, change / steps[:-1] ** 2, visible, usable)], float)
        return [float(np.max(each, initial=0)) for each in _apart(found, samples)]


def _largest_and_some(among: Indices, sizes: Floats, random: np.random.Generator) -> Indices:
    """Half a sample of those with the largest sizes, and half at random.

    A large derivative often has a large third one; where a small one has, it can only be met by chance.
    """
    largest = among[np.argsort(-sizes, kind="stable")[: TRUNCATION_SAMPLE // 2]]
    others = np.setdiff1d(among, largest)
    return np.concatenate([largest, random.permutation(others)[: TRUNCATION_SAMPLE - len(largest)]])


def _apart(values: Floats, samples: Sequence[Indices]) -> list[Floats]:
    """The values of each sample, out of those of all in a row."""
    return np.split(values, np.cumsum([len(sample) for sample in samples], dtype=np.intp))[:-1]


def _all(samples: Sequence[Indices]) -> Indices:
    """Of all samples, one after the other."""
    return np.concatenate([*samples, np.empty(0, np.intp)])


def _last(coefficients: Floats, visible: Flags, usable: Flags) -> float:
    """The visible coefficient of the smallest step; none visible: the bound that the largest step gives."""
    # Fourth-order terms fade fastest: the smallest step that still shows t shows it best.
    if visible.any():
        return float(coefficients[np.flatnonzero(visible)[-1]])
    return float(coefficients[np.flatnonzero(usable)[0]]) if usable.any() else 0.0
