"""One question and its answer, row by row: which rows a backward pass of ours reproduces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Flags, Floats, Indices
from lstmcheck.tolerances.diagnosis import MATCH, ROUNDED, SAME, STEP_OVERHEAD

Label = tuple[ArrayInfo, int]
"""An array and one of its rows."""


class Scene:
    """A row is a gate of an array, a step of x, a cell of h0 and c0.

    `found` are the gradients in question, `visible` which of their entries came back (all, unless given),
    `upstream` what they were given, where that is not the gradient of the case's own loss.
    """

    def __init__(
        self,
        words: str,
        case: Case,
        found: Arrays,
        *,
        visible: Mapping[str, Flags] | None = None,
        upstream: Outputs | None = None,
        match: float = MATCH,
    ) -> None:
        self.words, self.case, self.found = words, case, found
        self.infos = [info for info in case.infos if info.name in found]
        self._visible = visible or {info.name: np.ones(info.shape, bool) for info in self.infos}
        self.labels, self._chosen, self._starts = self._rows()
        with np.errstate(all="ignore"):
            self.trace = case.trace()
            self.upstream = upstream or case.loss.gradient(self.trace.outputs)
            self.gradients_right = self.gradients(Backward)
            self.right = self._flat(self.gradients_right)
            self._found = self._flat(found)
            self._same, self.wrong, self._allowed = self._tolerances(max(SAME, match), match)

    def _rows(self) -> tuple[list[Label], list[Indices], Indices]:
        labels: list[Label] = []
        chosen: list[Indices] = []
        starts: list[int] = []
        position = 0
        for info in self.infos:
            rows = rows_of(info)
            flags = self._visible[info.name].reshape(rows, -1)
            for row in range(rows):
                entries = np.flatnonzero(flags[row]) + row * flags.shape[1]
                if len(entries):
                    labels.append((info, row))
                    starts.append(position)
                    position += len(entries)
                    chosen.append(entries)
        return labels, chosen, np.array(starts, int)

    def _flat(self, gradients: Arrays) -> Floats:
        arrays = {info.name: np.asarray(gradients[info.name]).ravel() for info in self.infos}
        parts = [
            arrays[info.name][entries] for (info, _), entries in zip(self.labels, self._chosen, strict=True)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _tolerances(self, same: float, match: float) -> tuple[Floats, Flags, Floats]:
        """How far rows may be apart that are the same, which are wrong, and how far from the found ones those
        of an explanation may be."""
        apart = self._largest(self._found - self.right)
        largest: dict[str, float] = {}
        for (info, _), size in zip(self.labels, self._largest(self.right), strict=True):
            largest[info.name] = max(largest.get(info.name, 0.0), float(size))
        sizes = np.array([largest[info.name] for info, _ in self.labels])
        wrong = ~(apart <= same * sizes)
        allowed = np.where(wrong, np.maximum(match * apart, ROUNDED * sizes), same * sizes)
        return same * sizes, wrong, allowed

    def _largest(self, entries: Floats) -> Floats:
        """By row."""
        return np.maximum.reduceat(np.abs(entries), self._starts) if len(self._starts) else np.zeros(0)

    def row(self, gradients: Arrays, position: int) -> Floats:
        """The entries of one row that came back."""
        array = np.asarray(gradients[self.labels[position][0].name])
        return np.asarray(array.ravel()[self._chosen[position]])

    def gradients(self, backward: type[Backward]) -> Arrays:
        """What a backward pass makes of the question."""
        with np.errstate(all="ignore"):
            return backward(self.trace).gradients(self.upstream)

    def answer(self, backward: type[Backward]) -> Floats:
        """The same in one vector, row after row."""
        return self._flat(self.gradients(backward))

    def explained(self, answer: Floats) -> Flags:
        """Rows in which an answer is the found one. What is not finite is never."""
        with np.errstate(all="ignore"):
            return np.asarray(self._largest(self._found - answer) <= self._allowed)

    def changed(self, answer: Floats) -> int:
        """In how many rows an answer is not the right one."""
        with np.errstate(all="ignore"):
            return int((~(self._largest(self.right - answer) <= self._same)).sum())

    @property
    def work(self) -> int:
        """Of one replay, in entries that it computes."""
        length, batch, _ = self.case.arrays["x"].shape
        spec, cells = self.case.spec, len(self.case.spec.cells)
        entries = sum(a.size for a in self.case.arrays.values()) + 4 * batch * spec.hidden_size * cells
        return int(length * (STEP_OVERHEAD * cells + entries))


def rows_of(info: ArrayInfo) -> int:
    """How many rows an array has: gates, steps of x, cells of h0 and c0."""
    if info.gates:
        return info.rows
    return info.shape[0] if info.layer is None else 1


def names_of(rows: Iterable[Label]) -> list[str]:
    """`U_l0`, `W_l0 (i o)`, `x (steps 0 1)`: rows by array, all of an array by its name alone."""
    by_array: dict[str, tuple[ArrayInfo, list[int]]] = {}
    for info, row in rows:
        by_array.setdefault(info.name, (info, []))[1].append(row)
    return [_name(info, chosen) for info, chosen in by_array.values()]


def _name(info: ArrayInfo, rows: list[int]) -> str:
    if len(rows) == rows_of(info):
        return info.name
    if info.gates:
        return f"{info.name} ({' '.join(info.gates[row] for row in rows)})"
    what = "step" if info.block == "x" else "cell"
    return f"{info.name} ({what}{'s'[: len(rows) > 1]} {' '.join(map(str, rows))})"
