"""How far two right passes of the same numbers may be apart, which add them up in another order."""

from __future__ import annotations

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.precision import Precision
from lstmcheck.lstm.types import Arrays
from lstmcheck.reference.low_rounding import low_forward_rounding, low_rounding
from lstmcheck.reference.rounding import backward_rounding, forward_rounding
from lstmcheck.tolerances.verdict import ROUNDING_ROOM


def room(case: Case, seed: int, precision: Precision) -> dict[str, float]:
    """Of each gradient and each output, a share of its largest entry: more than one where all digits are
    lost."""
    right, outputs = case.right, case.trace(keep=False).outputs._asdict()
    if precision.is_short:
        of_outputs, bounds = low_forward_rounding(case, seed, precision), low_rounding(case, seed, precision)
        of_gradients = bounds.added
    else:
        of_outputs = forward_rounding(case, seed, precision.eps)
        of_gradients = backward_rounding(case, seed, precision.eps)
    return _shares(of_outputs._asdict(), outputs) | _shares(of_gradients, right)


def _shares(bounds: Arrays, exact: Arrays) -> dict[str, float]:
    return {name: _share(float(np.max(bounds[name])), exact[name]) for name in exact if name in bounds}


def _share(bound: float, exact: np.ndarray) -> float:
    largest = float(np.abs(exact).max())
    return ROUNDING_ROOM * bound / largest if largest else 0.0
