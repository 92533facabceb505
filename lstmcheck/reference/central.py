"""The screening pass: one central difference an entry, with a step that balances its two errors.

The error of a central difference with step s is at most t·s² + n/s: t is a sixth of the third derivative,
taken per gate from a small sample of its entries, those with the largest gradients and, afterwards, those
that agree least among them; n is what the noise of the loss may do to a difference. The step minimises
this bound, and the bound is the uncertainty.
"""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.evaluate import Evaluator
from lstmcheck.tolerances import (
    LARGEST_STEP,
    LARGEST_STEP_BESIDE_KINKS,
    NOISE_FACTOR,
    SMALLEST_STEP,
    TRUNCATION_SAMPLE,
    TRUNCATION_STEPS,
    VANISHED,
)


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
    ) -> tuple[Floats, Floats, Flags, Floats]:
        """Derivatives, uncertainties, kinked, and steps, each (K,), of flat `entries` lying in gate `rows`.

        `analytic` only tells which entries are worth a closer look.
        """
        truncation, steps = np.empty(len(entries)), np.empty(len(entries))
        for row in np.unique(rows):
            mine = np.flatnonzero(rows == row)
            sample = _largest_and_some(mine, np.abs(analytic[mine]), random)
            truncation[mine] = t = self._truncation(info, entries[sample])
            steps[mine] = self._step(t)
        value, kinked = self.evaluator.central(info, entries, steps)
        for row in np.unique(rows):
            mine = np.flatnonzero(rows == row)
            far = _largest_and_some(mine, np.abs(analytic - value)[mine], random)
            truncation[mine] = max(
                truncation[mine[0]], self._truncation_at(info, entries[far], value[far], steps[far])
            )
        uncertainty = self._reach / steps + truncation * steps**2
        uncertain = kinked | ~np.isfinite(value) | ~np.isfinite(uncertainty)
        return value, np.where(uncertain, np.inf, uncertainty), kinked, steps

    def _truncation_at(self, info: ArrayInfo, entries: Indices, value: Floats, steps: Floats) -> float:
        """The largest t, from the steps in use and their doubles."""
        doubled, kinked = self.evaluator.central(info, entries, 2 * steps)
        coefficients = np.abs(doubled - value) / (3 * steps**2)
        return float(np.max(coefficients, initial=0, where=~kinked & np.isfinite(coefficients)))

    def _step(self, truncation: float) -> float:
        if self.step is not None:
            return self.step
        # d/ds (n/s + t·s²) = 0
        best = (self._reach / 2 / max(truncation, VANISHED)) ** (1 / 3)
        return float(np.clip(best, SMALLEST_STEP, self.largest_step))

    def _truncation(self, info: ArrayInfo, sample: Indices) -> float:
        """The largest t in the sample, each from the smallest steps at which it stands out of the noise."""
        steps = np.array(TRUNCATION_STEPS)
        entries = np.repeat(sample, len(steps))
        value, kinked = self.evaluator.central(info, entries, np.tile(steps, len(sample)))
        value, usable = value.reshape(len(sample), -1), ~kinked.reshape(len(sample), -1)
        change = np.abs(np.diff(value, axis=1))
        usable = usable[:, 1:] & usable[:, :-1]
        visible = usable & (change > 2 * self._reach / steps[1:])
        coefficients = change / steps[:-1] ** 2
        return max((_last(coefficients[k], visible[k], usable[k]) for k in range(len(sample))), default=0.0)


def _largest_and_some(among: Indices, sizes: Floats, random: np.random.Generator) -> Indices:
    """Half a sample of those with the largest sizes, and half at random."""
    largest = among[np.argsort(-sizes, kind="stable")[: TRUNCATION_SAMPLE // 2]]
    others = np.setdiff1d(among, largest)
    return np.concatenate([largest, random.permutation(others)[: TRUNCATION_SAMPLE - len(largest)]])


def _last(coefficients: Floats, visible: Flags, usable: Flags) -> float:
    """The visible coefficient of the smallest step; none visible: the bound that the largest step gives."""
    if visible.any():
        return float(coefficients[np.flatnonzero(visible)[-1]])
    return float(coefficients[np.flatnonzero(usable)[0]]) if usable.any() else 0.0
