"""Sequences that end early: what is zero past the end, and what a state that runs on would give instead."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.explain.focus import KEY, Focus, shown_steps
from lstmcheck.explain.moved import shares_along
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import valid_steps
from lstmcheck.lstm.types import Floats


@dataclass(frozen=True)
class StepPastOrBefore:
    """Step t (from 0), entry 0 each: c after it and δx, standing still past the end and running on."""

    t: int
    c: float
    d_x: float
    measured: float
    c_on: float
    d_x_on: float
    measured_on: float


@dataclass(frozen=True)
class MaskNumbers:
    """Of sequence `b`, which has `end` steps of all. `lengths` are the configuration's, or were `made` by
    cutting the last sequence short."""

    b: int
    end: int
    lengths: tuple[int, ...]
    made: bool
    steps: tuple[StepPastOrBefore, ...]


def mask_numbers(focus: Focus) -> MaskNumbers:
    """Of the shortest sequence, at two steps or more; last step first."""
    case, made = _with_an_end(focus.case)
    assert case.lengths is not None
    b, length = int(np.argmin(case.lengths)), len(case.arrays["x"])
    # The loss still reads no output past the end.
    running = replace(case, lengths=None)
    states = [_states(each, b) for each in (case, running)]
    rows = []
    for t in shown_steps(length):
        found = [
            (c[t], each.right["x"][t, b, 0], shares_along(each, "x", (t, b, 0))[b])
            for each, c in zip((case, running), states, strict=True)
        ]
        rows.append(StepPastOrBefore(t, *(float(number) for three in found for number in three)))
    return MaskNumbers(b, int(case.lengths[b]), tuple(map(int, case.lengths)), made, tuple(rows))


def _with_an_end(case: Case) -> tuple[Case, bool]:
    """A case in which a sequence ends before the last step, and whether that had to be made."""
    length, batch, _ = case.arrays["x"].shape
    if case.lengths is not None and min(case.lengths) < length:
        return case, False
    lengths = np.array([length] * (batch - 1) + [(length + 1) // 2], np.int64)
    loss = replace(case.loss, valid=valid_steps(lengths, length))
    return replace(case, lengths=lengths, loss=loss), True


def _states(case: Case, b: int) -> Floats:
    """c_t[0] as it is after each step of the first layer's forward direction, (T,)."""
    run = case.trace().runs[KEY]
    carried = [s.c_prev[b, 0] for s in run.steps[1:]]
    return np.array([*carried, run.c_T[b, 0]])
