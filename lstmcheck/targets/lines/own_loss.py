"""What a loss of the target's own hands back to the network: found from how the loss changes.

The derivative of the loss along any direction is linear in the gradients of y and c_T, so that some more
directions than those have entries tell them; and whether the network is ours, by what is left over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Floats

STEP = 1e-30
"""Of a complex step: nothing is subtracted, so that only rounding is lost."""
SPARE = 2
"""Directions for each unknown."""
LEFT_OVER = 1e-10
"""Relative: rounding is 1e-15, times the condition of some hundred random equations."""
Evaluate = Callable[[Arrays], complex]


def upstream_of(case: Case, evaluate: Evaluate) -> Outputs:
    """The gradients of the loss with respect to y (T, B, P) and c_T (1, B, H); what it has of h_T is with the
    last y.

    Raises LstmcheckError where the loss takes no complex numbers, or the network is not ours.
    """
    trace = case.trace()
    zero = Outputs(*(np.zeros_like(each) for each in trace.outputs))
    backward = Backward(trace)
    units = list(_units(zero))
    directions = _directions(case.arrays, SPARE * len(units))
    gradients = [backward.gradients(each) for each in units]
    equations = np.array([[_along(found, each) for found in gradients] for each in directions])
    measured = np.array([_derivative(case.arrays, each, evaluate) for each in directions])
    solved, *_ = np.linalg.lstsq(equations, measured, rcond=None)
    off = np.abs(equations @ solved - measured).max()
    if not off <= LEFT_OVER * np.abs(measured).max():
        raise LstmcheckError("its network is not ours, or its loss takes no complex numbers.")
    return _joined(solved, zero)


def _units(zero: Outputs) -> Iterator[Outputs]:
    """One entry of y or of c_T is one."""
    for k in range(zero.y.size + zero.c_T.size):
        yield _joined(np.eye(1, zero.y.size + zero.c_T.size, k)[0], zero)


def _joined(entries: Floats, zero: Outputs) -> Outputs:
    y, c_T = np.split(entries, [zero.y.size])
    return Outputs(y.reshape(zero.y.shape), zero.h_T, c_T.reshape(zero.c_T.shape))


def _directions(arrays: Arrays, count: int) -> list[Arrays]:
    draw = np.random.default_rng(0)
    return [{name: draw.standard_normal(a.shape) for name, a in arrays.items()} for _ in range(count)]


def _along(gradients: Arrays, direction: Arrays) -> float:
    return float(sum(np.vdot(direction[name], found) for name, found in gradients.items()))


def _derivative(arrays: Arrays, direction: Arrays, evaluate: Evaluate) -> float:
    moved = {name: a + 1j * STEP * direction[name] for name, a in arrays.items()}
    return float(np.imag(evaluate(moved)) / STEP)
