"""What a step may hand on instead of h and c, and the order in which its inputs may come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import Cell
from lstmcheck.lstm.forward import Outputs, Step, carried
from lstmcheck.lstm.gates import O
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.hypotheses import Alternative
from lstmcheck.targets.hypothesis import Hypothesis, Mask, States

HANDED_ON = "lengths"
"""The dimension of what a step hands on, as of what it does past a sequence's end: both are masks."""


def step_alternatives(probe: Case) -> Iterator[Alternative]:
    """Single changes: what is carried and put out, a peephole that begins late, batch and time exchanged."""
    for words, mask in _masks(probe).items():
        masks = dict.fromkeys(probe.spec.cells, mask)
        yield Alternative(HANDED_ON, words, _with_masks(masks))
    if probe.spec.peephole:
        words = "the output gate has no peephole at the first step"
        yield Alternative("first peephole", words, lambda old: replace(old, cell=_BeginsWithoutPeephole))
    yield from _exchanged_axes()


def _with_masks(masks: Mapping[tuple[int, bool], Mask]) -> Callable[[Hypothesis], Hypothesis]:
    return lambda old: replace(old, masks=masks)


def _masks(probe: Case) -> dict[str, Mask]:
    spec = probe.spec
    found: dict[str, Mask] = {}
    if spec.output != "identity":
        found[f"{spec.output}(c) is carried to the next step, not c"] = _carries_output
    if spec.output_size == spec.hidden_size:
        found |= {
            "y is c, not h": lambda s: _handed_on(s, s.h, s.c, s.c),
            "h is c after every step: both share their memory": lambda s: _handed_on(s, s.c, s.c, s.c),
            "c is h after every step: both share their memory": lambda s: _handed_on(s, s.h, s.h, s.h),
        }
    return found


def _carries_output(s: Step) -> States:
    return _handed_on(s, s.h, s.cell.squash(s.c), s.h)


def _handed_on(s: Step, h: Numbers, c: Numbers, y: Numbers) -> States:
    """Those, within each sequence."""
    return carried(s.valid, h, s.h_prev), carried(s.valid, c, s.c_prev), carried(s.valid, y, np.zeros_like(y))


class _BeginsWithoutPeephole(Cell):
    """The output gate's peephole is left out in the step that the cell takes first."""

    begun = False

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        found = super().peephole(gate, c)
        if gate != O or self.begun:
            return found
        self.begun = True
        return 0 * found


def _exchanged_axes() -> Iterator[Alternative]:
    """Memory that is read as if the batch came first: where T = B, the axes are exchanged."""
    both = "x is read and y is put out as (B, T, ·), where they are (T, B, ·)"
    yield Alternative("axes", both, lambda old: replace(_batch_first(old), arranged=_put_out_batch_first))
    yield Alternative("axes", "x is read as (B, T, D), where it is (T, B, D)", _batch_first)


def _batch_first(old: Hypothesis) -> Hypothesis:
    x = old.case.arrays["x"]
    T, B, D = x.shape
    exchanged = x.reshape(B, T, D).swapaxes(0, 1)
    return replace(old, case=replace(old.case, arrays={**old.case.arrays, "x": exchanged}))


def _put_out_batch_first(outputs: Outputs) -> Outputs:
    y = outputs.y
    return outputs._replace(y=y.swapaxes(0, 1).reshape(y.shape))
