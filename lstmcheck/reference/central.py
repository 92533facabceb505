"""The screening pass: one central difference an entry, with a step that balances its two errors.

The error of a central difference with step s is t·s² + n/s: t is a sixth of the third derivative, taken per
gate from a small sample of its entries, those with the largest gradients and, afterwards, those that
agree least among them; n follows from the noise of the loss.
"""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.evaluate import Evaluator

NOISE_FACTOR = 4
"""Standard deviations of the noise that the uncertainty allows for; two evaluations make √2 of one."""
SAMPLE = 4
LADDER = 2.0 ** -np.arange(4, 17, 3)
"""Steps at which the sampled entries are measured to find the truncation."""
SMALLEST_STEP, LARGEST_STEP = 2.0**-20, 2.0**-6
LARGEST_STEP_BESIDE_KINKS = 2.0**-17
"""The smaller the step, the fewer entries meet a kink within it."""


class Screening:
    """Central differences of one array's entries, the steps chosen per gate."""

    def __init__(self, evaluator: Evaluator, noise: float, *, step: float | None, kinks: bool) -> None:
        self.evaluator, self.noise, self.step = evaluator, noise, step
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
        uncertainty = NOISE_FACTOR * self.noise / steps + truncation * steps**2
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
        best = (self.noise / max(truncation, 1e-300)) ** (1 / 3)
        return float(np.clip(best, SMALLEST_STEP, self.largest_step))

    def _truncation(self, info: ArrayInfo, sample: Indices) -> float:
        """The largest t in the sample, each from the smallest steps at which it stands out of the noise."""
        entries = np.repeat(sample, len(LADDER))
        value, kinked = self.evaluator.central(info, entries, np.tile(LADDER, len(sample)))
        value, usable = value.reshape(len(sample), -1), ~kinked.reshape(len(sample), -1)
        change = np.abs(np.diff(value, axis=1))
        usable = usable[:, 1:] & usable[:, :-1]
        visible = usable & (change > 2 * NOISE_FACTOR * self.noise / LADDER[1:])
        coefficients = change / LADDER[:-1] ** 2
        return max((_last(coefficients[k], visible[k], usable[k]) for k in range(len(sample))), default=0.0)


def _largest_and_some(among: Indices, sizes: Floats, random: np.random.Generator) -> Indices:
    """Half a sample of those with the largest sizes, and half at random."""
    largest = among[np.argsort(-sizes, kind="stable")[: SAMPLE // 2]]
    others = np.setdiff1d(among, largest)
    return np.concatenate([largest, random.permutation(others)[: SAMPLE - len(largest)]])


def _last(coefficients: Floats, visible: Flags, usable: Flags) -> float:
    """The visible coefficient of the smallest step; none visible: the bound that the largest step gives."""
    if visible.any():
        return float(coefficients[np.flatnonzero(visible)[-1]])
    return float(coefficients[np.flatnonzero(usable)[0]]) if usable.any() else 0.0
