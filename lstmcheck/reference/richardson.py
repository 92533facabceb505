"""Richardson extrapolation of central differences, with the noise carried along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.network import Evaluator
from lstmcheck.tolerances.differences import CAUTION, FINE_STEPS, STEPS


def richardson_twice(
    evaluator: Evaluator, info: ArrayInfo, entries: Indices, noise: float
) -> tuple[Floats, Floats, Flags]:
    """As `richardson`, on two ladders: what they do not agree on is uncertain."""
    coarse, coarse_error, met = richardson(evaluator, info, entries, noise)
    fine, fine_error, met_below = richardson(evaluator, info, entries, noise, FINE_STEPS)
    # Where both agree within their errors the sharper one holds. Where they do not, one of them is wrong and
    # nobody knows which: the uncertainty then reaches over both.
    apart = np.abs(coarse - fine)
    agree = apart <= coarse_error + fine_error
    better = np.where(coarse_error < fine_error, coarse, fine)
    error = np.where(
        agree, np.minimum(coarse_error, fine_error), apart + np.maximum(coarse_error, fine_error)
    )
    return better, error, met | met_below


def richardson(
    evaluator: Evaluator, info: ArrayInfo, entries: Indices, noise: float, ladder: Sequence[float] = STEPS
) -> tuple[Floats, Floats, Flags]:
    """Derivatives, uncertainties and kinked, each (K,), of the flat `entries` of one array.

    `noise` is the standard deviation of the loss's rounding error.
    """
    repeated = np.repeat(entries, len(ladder))
    steps = np.array(ladder)
    value, kinked = evaluator.central(info, repeated, np.tile(steps, len(entries)))
    best, error = extrapolate(value.reshape(-1, len(ladder)).T, noise / steps)
    # Differences on both sides of a kink have no expansion in even powers: nothing to extrapolate.
    met_kink = kinked.reshape(-1, len(ladder)).any(1)
    return best, np.where(met_kink, np.inf, CAUTION * error), np.asarray(met_kink)


def extrapolate(differences: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Best value and its error, (K,), from differences (levels, K) at halved steps and their noise (levels,).

    T_{i,k} = (4ᵏ T_{i,k−1} − T_{i−1,k−1}) / (4ᵏ − 1), and the noise likewise with a plus; of all cells the
    one whose truncation (its distance from the two cells it came from) and noise are least.
    """
    best = differences[-1]
    error = np.full(best.shape, np.inf)
    table = list(differences)
    noises = list(noise)
    for k in range(1, len(differences)):
        weight = 4.0**k
        # From below, so that the cell above is still the one of the column before.
        for i in reversed(range(k, len(differences))):
            coarse, fine = table[i - 1], table[i]
            table[i] = (weight * fine - coarse) / (weight - 1)
            noises[i] = (weight * noises[i] + noises[i - 1]) / (weight - 1)
            # The farther of the two: one neighbour may come near by chance.
            truncation = np.maximum(np.abs(table[i] - fine), np.abs(table[i] - coarse))
            better = truncation + noises[i] < error
            best = np.where(better, table[i], best)
            error = np.where(better, truncation + noises[i], error)
    return best, error
