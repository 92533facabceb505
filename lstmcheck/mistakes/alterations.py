"""Steps, gradients and traces with something changed: what wrong backward passes are made of."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from lstmcheck.lstm.activations import Activation
from lstmcheck.lstm.backward import Deltas
from lstmcheck.lstm.forward import Step, Trace
from lstmcheck.lstm.types import Flags, Numbers


def inside(s: Step, wrong: Numbers, right: Numbers) -> Numbers:
    """`wrong` within each sequence, `right` past its end."""
    return wrong if s.valid is None else np.where(s.valid, wrong, right)


def with_cell(s: Step, **changes: Any) -> Step:
    """The step of a cell with other attributes: matrices by letter, activations."""
    cell = copy(s.cell)
    vars(cell).update(changes)
    return s._replace(cell=cell)


def with_derivative(s: Step, activation: str, values: Numbers) -> Step:
    """The step with other values for the derivative of `gate`, `candidate` or `output`."""
    right: Activation = getattr(s.cell, activation)
    return with_cell(s, **{activation: replace(right, derivative=lambda z: values)})


def scaled_gate(d: Deltas, gate: int, factor: float) -> Deltas:
    """The gradients of a step with d_z of one gate multiplied."""
    z = d.z.copy()
    z[gate] *= factor
    return replace(d, z=z)


def only_gates(d: Deltas, gates: list[int]) -> Deltas:
    """The gradients of a step with d_z of the other gates zero."""
    z = np.zeros_like(d.z)
    z[gates] = d.z[gates]
    return replace(d, z=z)


def reordered(d: Deltas, gates: list[int]) -> Deltas:
    """The gradients of a step with d_z of the gates in another order."""
    return replace(d, z=d.z[gates])


def with_array(
    arrays: dict[str, Numbers], name: str, change: Callable[[Numbers], Numbers]
) -> dict[str, Numbers]:
    """The arrays, one of them changed."""
    return arrays | {name: change(arrays[name])}


def read_transposed(matrix: Numbers) -> Numbers:
    """A matrix read along the wrong axis; if not square, its memory read as that of the transpose."""
    return matrix.reshape(matrix.shape[::-1]).T


def with_steps(trace: Trace, *, skip: int = 0, order: int = 1) -> Trace:
    """The trace with the steps of every cell in another order (−1: reversed), or without the first few."""
    runs = {key: run._replace(steps=run.steps[skip:][::order]) for key, run in trace.runs.items()}
    return replace(trace, runs=runs)


def with_first_step(trace: Trace, which: str) -> Trace:
    """The trace with other previous states at the first step: `final` ones, or those of the `second` step.

    Another mistake may have left no step at all: then there is none to change.
    """
    runs = dict(trace.runs)
    for key, run in trace.runs.items():
        if not run.steps:
            continue
        first, *rest = run.steps
        if which == "final":
            first = first._replace(c_prev=run.c_T)
        elif rest:
            first = first._replace(h_prev=rest[0].h_prev, c_prev=rest[0].c_prev)
        runs[key] = run._replace(steps=(first, *rest))
    return replace(trace, runs=runs)


def with_masks(trace: Trace, change: Callable[[Flags], Flags], *, reverse_only: bool = False) -> Trace:
    """The trace with other masks (B, 1) of which sequences a step lies within."""

    def changed(s: Step) -> Step:
        if s.valid is None or (reverse_only and not s.cell.key[1]):
            return s
        return s._replace(valid=change(s.valid))

    runs = {key: run._replace(steps=tuple(map(changed, run.steps))) for key, run in trace.runs.items()}
    return replace(trace, runs=runs)
