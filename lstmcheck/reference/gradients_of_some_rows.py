"""Some rows of the gradients of weights: of a large network all of them would say no more of its rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.parameters import ArrayInfo, array_name
from lstmcheck.lstm.types import Floats, Indices, Numbers
from lstmcheck.tolerances.noise import ROUNDING_ROWS


class SomeRows:
    """Of each gate those whose gradients are largest, which round most, and as many of all the others."""

    def __init__(self, case: Case) -> None:
        exact = case.right
        weights = [info for info in case.infos if info.block in ("W", "U", "R")]
        self._rows: Mapping[str, Indices] = {
            info.name: _telling_rows(exact[info.name].reshape(info.rows, -1, info.shape[-1]))
            for info in weights
            if info.shape[-2] > ROUNDING_ROWS
        }
        self.backward = _computing(self._rows)
        """A backward pass that computes no others."""

    def of(self, info: ArrayInfo, gradient: Floats) -> Floats:
        """Those of a whole gradient, in the shape in which `backward` returns them."""
        rows = self._rows.get(info.name)
        if rows is None:
            return gradient
        gates = gradient.reshape(info.rows, -1, info.shape[-1])
        some = np.take_along_axis(gates, rows[..., None], axis=1)
        return some if info.gates else some[0]


def _telling_rows(gates: Floats) -> Indices:
    """Positions of rows, (gates, ROUNDING_ROWS), of gradients (gates, rows, columns)."""
    order = np.argsort(-np.abs(gates).max(2), axis=1, kind="stable")
    half = ROUNDING_ROWS // 2
    others = np.linspace(half, order.shape[1] - 1, ROUNDING_ROWS - half).astype(int)
    return np.concatenate([order[:, :half], order[:, others]], axis=1)


def _computing(rows: Mapping[str, Indices]) -> type[Backward]:
    class Some(Backward):
        def d_W(self, s: Step, d: Deltas) -> Numbers:
            return super().d_W(s, _only(d, rows.get(array_name("W", *s.cell.key))))

        def d_U(self, s: Step, d: Deltas) -> Numbers:
            return super().d_U(s, _only(d, rows.get(array_name("U", *s.cell.key))))

        def d_R(self, s: Step, d: Deltas) -> Numbers:
            some = rows.get(array_name("R", *s.cell.key))
            return super().d_R(s, d if some is None else replace(d, h=d.h[:, some[0]]))

    return Some


def _only(d: Deltas, rows: Indices | None) -> Deltas:
    return d if rows is None else replace(d, z=np.take_along_axis(d.z, rows[:, None], axis=2))
