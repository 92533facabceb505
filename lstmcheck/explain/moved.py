"""A derivative of one sequence's share of the loss, where a single number of an array is moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Floats
from lstmcheck.tolerances.precision import COMPLEX_STEP


def shares_along(
    case: Case, name: str, index: tuple[int, ...], run: Callable[[Case], Outputs] | None = None
) -> Floats:
    """∂L/∂array[index] by sequence, (B,), by a complex step through `run`, or through the forward pass."""
    array = case.arrays[name].astype(complex)
    array[index] += 1j * COMPLEX_STEP
    moved = replace(case, arrays={**case.arrays, name: array})
    outputs = moved.trace(keep=False).outputs if run is None else run(moved)
    return np.asarray(case.loss.value(outputs).imag / COMPLEX_STEP)
