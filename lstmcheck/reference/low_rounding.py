"""Bounds on what numbers of few digits do to a right forward and backward pass of one network, measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.precision import Precision
from lstmcheck.lstm.types import Arrays, Floats
from lstmcheck.reference.gradients_of_some_rows import SomeRows
from lstmcheck.reference.low_precision import Run, rounding_to, run_in
from lstmcheck.reference.rounding import scope_maxima
from lstmcheck.tolerances.noise import LOW_REPLICAS, LOW_ROOM


class LowRounding(NamedTuple):
    """By array, (scopes,)."""

    stored: Arrays
    """Where every number is rounded to the precision."""
    added: Arrays
    """Where sums over the steps are rounded after each step, too."""


def low_rounding(case: Case, seed: int, precision: Precision) -> LowRounding:
    """Of the gradients: the largest deviation of `LOW_REPLICAS` runs that round otherwise each."""
    exact, some = case.right, SomeRows(case)
    runs = list(_runs(case, seed, precision, some))

    def largest(found: Sequence[Arrays]) -> dict[str, Floats]:
        return {info.name: LOW_ROOM * spread(info, found, exact[info.name]) for info in case.infos}

    def spread(info: ArrayInfo, found: Sequence[Arrays], right: Floats) -> Floats:
        spreads = [scope_maxima(info, each[info.name] - some.of(info, right)) for each in found]
        # At least a unit in the last place, of a single entry that is met by chance.
        return np.asarray(np.max([*spreads, precision.eps * scope_maxima(info, right)], axis=0))

    stored, added = largest([run.gradients for run in runs]), largest([run.added for run in runs])
    return LowRounding(stored, {name: np.maximum(stored[name], added[name]) for name in stored})


def low_forward_rounding(case: Case, seed: int, precision: Precision) -> Outputs:
    """The same of a forward pass, one number for each of y, h_T and c_T."""
    exact = case.trace(keep=False).outputs
    spreads = [
        [np.abs(a - b).max() for a, b in zip(run.outputs, exact, strict=True)]
        for run in _runs(case, seed, precision, SomeRows(case))
    ]
    return Outputs(*(LOW_ROOM * np.max(spreads, axis=0)))


def _runs(case: Case, seed: int, precision: Precision, some: SomeRows) -> Iterator[Run]:
    for k in range(LOW_REPLICAS):
        with np.errstate(all="ignore"):
            yield run_in(case, rounding_to(precision, generator(seed, f"low {k}")), some.backward)
