"""The gradients of the outputs under a loss that nobody told us: found from the gradients that it causes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Flags, Floats
from lstmcheck.tolerances import UPSTREAM_UNKNOWNS


def fitted_upstream(report: Report, checked: dict[str, Flags]) -> Outputs | None:
    """d_y and d_c for which our backward pass gives the measured gradients; None where they are too many.

    Gradients depend linearly on the upstreams: least squares over all measured entries. d_h is part of
    d_y's last step, since h_T is y's. Whether they fit is seen when their gradients are confirmed.
    """
    case = report.case
    shapes = case.trace(keep=False).outputs
    unknowns = shapes.y.size + shapes.c_T.size
    wanted = _flat(report.values.reference, checked)
    if not unknowns <= min(UPSTREAM_UNKNOWNS, len(wanted)):
        return None
    backward = Backward(case.trace())
    columns = [_flat(backward.gradients(unit), checked) for unit in _units(case)]
    found = np.linalg.lstsq(np.stack(columns, axis=1), wanted, rcond=None)[0]
    y, c = np.split(found, [shapes.y.size])
    return Outputs(y.reshape(shapes.y.shape), np.zeros_like(shapes.h_T), c.reshape(shapes.c_T.shape))


def _flat(gradients: Arrays, checked: dict[str, Flags]) -> Floats:
    return np.concatenate([gradients[name][flags] for name, flags in checked.items()])


def _units(case: Case) -> Iterator[Outputs]:
    """One for each entry of d_y, then of d_c: 1 there, 0 elsewhere."""
    shapes = case.trace(keep=False).outputs
    for part in ("y", "c_T"):
        for k in range(getattr(shapes, part).size):
            unit = Outputs(*(np.zeros_like(q) for q in shapes))
            getattr(unit, part).ravel()[k] = 1.0
            yield unit
