"""Where a forward pass leaves the range of float64."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.types import Numbers


def first_overflow(case: Case) -> str | None:
    """The first quantity of a forward pass that is not finite, in words: `c of step t=3, layer 0`.

    None where all are finite, the loss included.
    """
    trace = case.trace()
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
    yield from (("z_i", s.z[0]), ("z_f", s.z[1]), ("z_g", s.z[2]), ("i", s.i), ("f", s.f), ("g", s.g))
    yield from (("c", s.c), ("z_o", s.z[3]), ("o", s.o), ("h", s.h))
