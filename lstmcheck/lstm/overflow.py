"""Where a forward pass leaves the range of its numbers, and which gradients are lost by that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.precision import DOUBLE, Precision
from lstmcheck.lstm.types import Flags, Numbers


def computable(case: Case, precision: Precision) -> dict[str, Flags]:
    """Which entries a correct backward pass gets in numbers of a precision, by array name, in its shape.

    None at all where the forward pass overflows: outputs and loss may be finite beside an infinite c, and
    what a backward pass makes of that (0 · ∞, or 0) depends on how it is written.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        overflows = first_overflow(case, precision) is not None
        gradients = _in_numbers_of(case, precision).right
        return {name: np.isfinite(array) & (not overflows) for name, array in gradients.items()}


def _in_numbers_of(case: Case, precision: Precision) -> Case:
    dtype = np.dtype(precision.of_same_range)
    if all(array.dtype == dtype for array in case.arrays.values()):
        return case
    return replace(case, arrays={name: array.astype(dtype) for name, array in case.arrays.items()})


def first_overflow(case: Case, precision: Precision = DOUBLE) -> str | None:
    """The first quantity of a forward pass in numbers of a precision that is not finite, in words: `c of step
    t=3, layer 0`.

    None where all are finite, the loss included.
    """
    trace = _in_numbers_of(case, precision).trace()
    for (layer, reverse), run in trace.runs.items():
        for step in run.steps:
            for letter, values in _quantities(step):
                if not np.isfinite(values).all():
                    direction = ", reverse direction" if reverse else ""
                    return f"{letter} of step t={step.t}, layer {layer}{direction}"
    if not np.isfinite(case.loss.value(trace.outputs)).all():
        return "the loss"
    return None


def _quantities(s: Step) -> Iterator[tuple[str, Numbers]]:
    """In the order in which a step computes them."""
    yield from (("z_i", s.z[I]), ("z_f", s.z[F]), ("z_g", s.z[G]), ("i", s.i), ("f", s.f), ("g", s.g))
    yield from (("c", s.c), ("z_o", s.z[O]), ("o", s.o), ("h", s.h))
