"""Everything that one check differentiates: a network, its numbers, and a loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.cell import Cell, CellKey
from lstmcheck.lstm.forward import Outputs, Trace, forward
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.parameters import ArrayInfo, input_arrays, parameter_arrays
from lstmcheck.lstm.precision import Precision
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Arrays, Numbers


@dataclass(frozen=True)
class Case:
    """`arrays` holds the parameters, x, h0 and c0 by name; `lengths` is (B,) or None."""

    spec: LstmSpec
    arrays: Arrays
    loss: Loss
    lengths: NDArray[np.int64] | None = None

    @property
    def infos(self) -> list[ArrayInfo]:
        """Every array that a gradient is taken of, parameters first."""
        length, batch, _ = self.arrays["x"].shape
        return parameter_arrays(self.spec) + input_arrays(self.spec, length, batch)

    def trace(self, *, keep: bool = True, cells: Mapping[CellKey, Cell] | None = None) -> Trace:
        """Run the forward pass, through `cells` of another kind if given."""
        return forward(self.spec, self.arrays, self.lengths, keep=keep, cells=cells)

    def results(self, outputs: Outputs | None = None) -> dict[str, Numbers]:
        """y, h_T, c_T and the loss, by name: our own, or those of `outputs`."""
        outputs = outputs or self.trace(keep=False).outputs
        return {**outputs._asdict(), "loss": self.loss.value(outputs).sum()}

    def gradients(
        self, backward: type[Backward] = Backward, *, cells: Mapping[CellKey, Cell] | None = None
    ) -> dict[str, Numbers]:
        """The analytic gradients by array name, from our backward pass or a variation of it."""
        trace = self.trace(cells=cells)
        return backward(trace).gradients(self.loss.gradient(trace.outputs))

    @cached_property
    def right(self) -> Arrays:
        """The gradients of our own backward pass, kept: whoever judges, samples or explains asks for them."""
        return self.gradients()

    def at(self, arrays: Arrays) -> Outputs:
        """What the network puts out with other numbers in its arrays."""
        return replace(self, arrays=arrays).trace(keep=False).outputs

    def shares(self, outputs: Outputs) -> Numbers:
        """Each sequence's share of the loss, (B,)."""
        return self.loss.value(outputs)

    def difference(self, plus: Outputs, minus: Outputs) -> Numbers:
        """The differences of the shares, (B,), with the digits that both have in common."""
        return self.loss.difference(plus, minus)

    def at_scale_one(self) -> Case:
        """The same case, its loss not multiplied by anything."""
        # The same object where it can be: with it goes what is kept of it.
        return self if self.loss.scale == 1 else replace(self, loss=replace(self.loss, scale=1.0))

    def rounded(self, precision: Precision) -> Case:
        """The same case at the numbers that a precision has for its own; they stay float64."""
        return replace(self, arrays={name: precision.rounded(array) for name, array in self.arrays.items()})

    def reading_everything(self, random: np.random.Generator) -> Case:
        """The same network under a loss that reads every output, the last h and the last c, with random
        weights."""
        spec, (length, batch, _) = self.spec, self.arrays["x"].shape
        shapes = {
            "y": (length, batch, spec.directions * spec.output_size),
            "h": self.arrays["h0"].shape,
            "c": self.arrays["c0"].shape,
        }
        weights = {part: random.standard_normal(shape) for part, shape in shapes.items()}
        return replace(self, loss=Loss("projection", weights, valid=self.loss.valid))
