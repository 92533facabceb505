"""What a backward pass leaves out that stops between two pieces of a sequence, beside nudges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.explain.focus import Focus, shown_steps
from lstmcheck.explain.moved import shares_along
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs, Trace
from lstmcheck.lstm.gates import GATES
from lstmcheck.lstm.types import Arrays, Numbers


@dataclass(frozen=True)
class WholeAndPieces:
    """One gradient of the whole sequence, and of its two pieces."""

    whole: float
    measured: float
    pieces: float
    measured_pieces: float


@dataclass(frozen=True)
class TruncationNumbers:
    """`inputs` are of x_t[0] of the focus's sequence, by step (from 0), last first; `weights` of W_k[0,0], by
    gate, summed over the batch. The second piece begins with step `cut`, from 0."""

    cut: int
    inputs: dict[int, WholeAndPieces]
    weights: dict[int, WholeAndPieces]


def truncation_numbers(focus: Focus) -> TruncationNumbers:
    """Of a network of forward directions, cut in the middle of the focus's sequence of two steps or more."""
    case, b = focus.case, focus.b
    pieces = Pieces(case, focus.end // 2)
    cut = pieces.gradients(case.loss.gradient(focus.trace.outputs))

    def found(name: str, index: tuple[int, ...], sequences: slice) -> WholeAndPieces:
        whole = shares_along(case, name, index)[sequences].sum()
        apart = shares_along(case, name, index, pieces.outputs)[sequences].sum()
        analytic = focus.gradients[name][index], cut[name][index]
        return WholeAndPieces(float(analytic[0]), float(whole), float(analytic[1]), float(apart))

    inputs = {t: found("x", (t, b, 0), slice(b, b + 1)) for t in shown_steps(focus.end)}
    weights = {gate: found("W_l0", (gate, 0, 0), slice(None)) for gate in range(len(GATES))}
    return TruncationNumbers(focus.end // 2, inputs, weights)


class Pieces:
    """A sequence in two pieces: the second begins with the states of the first, as with given numbers."""

    def __init__(self, case: Case, cut: int) -> None:
        self.case, self.cut = case, cut
        first = self._first(case).trace(keep=False).outputs
        self.carried: Arrays = {"h0": first.h_T, "c0": first.c_T}

    def _first(self, case: Case) -> Case:
        lengths = None if case.lengths is None else np.minimum(case.lengths, self.cut)
        return replace(case, arrays={**case.arrays, "x": case.arrays["x"][: self.cut]}, lengths=lengths)

    def _second(self, case: Case) -> Case:
        lengths = None if case.lengths is None else np.maximum(case.lengths - self.cut, 0)
        arrays = {**case.arrays, **self.carried, "x": case.arrays["x"][self.cut :]}
        return replace(case, arrays=arrays, lengths=lengths)

    def _traces(self, case: Case) -> tuple[Trace, Trace]:
        return self._first(case).trace(), self._second(case).trace()

    def outputs(self, case: Case) -> Outputs:
        """What the pieces put out for moved arrays, the states that are carried unmoved."""
        first, second = (trace.outputs for trace in self._traces(case))
        return Outputs(np.concatenate([first.y, second.y]), second.h_T, second.c_T)

    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        """Those of both pieces, by array name: parameters added up, x one behind the other."""
        nothing = Outputs(upstream.y, np.zeros_like(upstream.h_T), np.zeros_like(upstream.c_T))
        ups = nothing._replace(y=upstream.y[: self.cut]), upstream._replace(y=upstream.y[self.cut :])
        first, second = (
            Backward(trace).gradients(up) for trace, up in zip(self._traces(self.case), ups, strict=True)
        )
        added = {name: first[name] + second[name] for name in first if name not in ("x", "h0", "c0")}
        return added | {"x": np.concatenate([first["x"], second["x"]])}
