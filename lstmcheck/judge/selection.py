"""Which arrays are checked, and which of their entries."""

from __future__ import annotations

import numpy as np

from lstmcheck.config import Config
from lstmcheck.judge.coverage import is_chosen
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Floats, Indices


def chosen_arrays(config: Config, case: Case) -> list[ArrayInfo]:
    """The arrays to check."""
    return [info for info in case.infos if is_chosen(info, config)]


def chosen_entries(config: Config, info: ArrayInfo, right: Floats, *, forget_rows: bool = False) -> Indices:
    """Flat indices of the entries to check: all that have an effect, or some of each gate.

    In coupled networks the forget rows have none, unless a loss reads the parameters themselves.

    Among these is the largest of our own gradients `right`: without it the scale would be a matter of luck.
    """
    every = np.arange(info.size)
    if config.lstm.coupled and not forget_rows and "f" in info.gates:
        every = every[info.row_of(every) != info.row("f")]
    count = config.check.entries
    if count == "all":
        return every
    random = generator(config.seed, f"entries {info.name}")
    sizes, rows = np.abs(right.ravel()[every]), info.row_of(every)

    def some(row: int) -> Indices:
        mine = random.permutation(np.flatnonzero(rows == row))
        largest = mine[np.argmax(sizes[mine])]
        return np.asarray(every[np.append(largest, mine[mine != largest])[:count]])

    return np.sort(np.concatenate([some(row) for row in np.unique(rows)]))
