"""The gradients of the outputs under a loss that nobody told us: found from the gradients that it causes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Flags, Floats
from lstmcheck.tolerances.diagnosis import UPSTREAM_UNKNOWNS


def fitted_upstream(case: Case, checked: Mapping[str, Flags], gradients: Arrays) -> Outputs | None:
    """d_y, d_h and d_c for which our backward pass comes closest to some gradients; None if too many.

    Gradients depend linearly on the upstreams: least squares over all measured entries. Whether they fit is
    seen when their gradients are confirmed.
    """
    zeros = Outputs(*(np.zeros_like(q) for q in case.trace(keep=False).outputs))
    unknowns = list(_unknowns(case, zeros))
    wanted = _flat(gradients, checked)
    if not len(unknowns) <= min(UPSTREAM_UNKNOWNS, len(wanted)):
        return None
    backward = Backward(case.trace())
    columns = []
    for part, k in unknowns:
        unit = zeros._replace(**{part: getattr(zeros, part).copy()})
        getattr(unit, part).ravel()[k] = 1.0
        columns.append(_flat(backward.gradients(unit), checked))
    found = np.linalg.lstsq(np.stack(columns, axis=1), wanted, rcond=None)[0]
    for (part, k), value in zip(unknowns, found, strict=True):
        getattr(zeros, part).ravel()[k] = value
    return zeros


def _flat(gradients: Arrays, checked: Mapping[str, Flags]) -> Floats:
    return np.concatenate([gradients[name][flags] for name, flags in checked.items()])


def _unknowns(case: Case, zeros: Outputs) -> Iterator[tuple[str, int]]:
    """Entries of y, h_T and c_T, flat. The h_T of the last layer are no others than some of y's."""
    yield from (("y", k) for k in range(zeros.y.size))
    lower = sum(layer < case.spec.num_layers - 1 for layer, _ in case.spec.cells)
    yield from (("h_T", k) for k in range(zeros.h_T[:lower].size))
    yield from (("c_T", k) for k in range(zeros.c_T.size))
