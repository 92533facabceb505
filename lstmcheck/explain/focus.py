"""The one cell, step and sequence that a derivation is told about, with every gradient that meets there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Step, Trace
from lstmcheck.lstm.types import Numbers

KEY: CellKey = (0, False)
"""The first layer's forward direction: its gradients have passed through everything above."""

ALL_STEPS = 8
LAST, FIRST = 5, 2


class RecordingBackward(Backward):
    """A backward pass that remembers what arrives at each step of one cell, and what is found there."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.at: dict[int, Deltas] = {}
        self.d_y: dict[int, Numbers] = {}
        self.d_h_carried: dict[int, Numbers] = {}
        self.d_c_carried: dict[int, Numbers] = {}

    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        if s.cell.key == KEY:
            self.d_y[s.t], self.d_h_carried[s.t] = d_y, d_h
        return super().d_h_total(s, d_y, d_h)

    def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        found = super().deltas(s, d_h, d_c)
        if s.cell.key == KEY:
            self.at[s.t], self.d_c_carried[s.t] = found, d_c
        return found


class Truncated(RecordingBackward):
    """The gradient of 1997: in this cell, nothing returns to the previous step but through the carousel.

    Hochreiter & Schmidhuber, Neural Computation 9(8), 1997, cut every path that leaves the memory cell
    through a gate; with the forget gate of Gers et al. (2000) what stays is d_c ∘ f.
    """

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        if s.cell.key != KEY:
            return super().d_h_prev(s, d, d_h)
        nothing = np.zeros_like(d_h)
        return nothing if s.valid is None else np.where(s.valid, nothing, d_h)

    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        if s.cell.key != KEY:
            return super().d_c_prev(s, d, d_c)
        through = d.c * s.f
        return through if s.valid is None else np.where(s.valid, through, d_c)


@dataclass(frozen=True)
class Focus:
    """Step `t` (from 0) of sequence `b` in the first layer's forward direction."""

    case: Case
    t: int
    b: int
    trace: Trace
    full: RecordingBackward
    gradients: dict[str, Numbers]

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.trace.runs[KEY].steps

    @property
    def step(self) -> Step:
        return self.steps[self.t]

    @property
    def end(self) -> int:
        """The number of valid steps of the sequence."""
        return len(self.steps) if self.case.lengths is None else int(self.case.lengths[self.b])

    @property
    def is_last(self) -> bool:
        return self.t == self.end - 1

    @property
    def batch(self) -> int:
        return int(self.case.arrays["x"].shape[1])


def make_focus(case: Case, time: int | None = None) -> Focus:
    """The focus on step `time`, counted from 1; by default the last but one.

    At the last step nothing is carried back from a following one. Of the batch, the first sequence that
    lasts as long as the longest is taken. Raises LstmcheckError where `time` is not one of its steps.
    """
    ends = [len(case.arrays["x"])] if case.lengths is None else [int(n) for n in case.lengths]
    end = max(ends)
    if time is None:
        time = max(end - 1, 1)
    if not 1 <= time <= end:
        raise LstmcheckError(
            f"there is no step {time}: the steps are 1 to {end}.",
            where="--time",
            remedy=f"Choose one from 1 to {end}.",
        )
    trace = case.trace()
    full = RecordingBackward(trace)
    gradients = full.gradients(case.loss.gradient(trace.outputs))
    return Focus(case, time - 1, ends.index(end), trace, full, gradients)


def shown_steps(length: int) -> list[int]:
    """Steps, from 0, last first: all of them, or of long sequences the last few and the first."""
    if length <= ALL_STEPS:
        return list(reversed(range(length)))
    return [*reversed(range(length - LAST, length)), *reversed(range(FIRST))]
