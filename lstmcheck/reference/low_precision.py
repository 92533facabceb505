"""Our own equations in numbers of few digits: what these do to a right forward and backward pass, measured.

Every operation's result is rounded. What a matrix product adds up on its way is not, as in hardware that adds
in more digits than it stores; the sums over the steps are kept in more digits, or in those of the numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lstmcheck.lstm.activations import ACTIVATIONS, Activation
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import Cell
from lstmcheck.lstm.forward import Outputs, Step, make_cells
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.perturbed_cells import PerturbedCell
from lstmcheck.lstm.precision import Precision
from lstmcheck.lstm.types import Numbers

Round = Callable[[Numbers], Numbers]


class Run(NamedTuple):
    """Of one network, in numbers of few digits."""

    outputs: Outputs
    gradients: dict[str, Numbers]
    """By array name; what was added up over the steps was so in more digits, and stored in these."""
    added: dict[str, Numbers]
    """The same, where the parameters' are added up in these numbers, too."""


def run_in(case: Case, nearest: Round, backward: type[Backward] = Backward) -> Run:
    """A forward and a backward pass in numbers that `nearest` makes of others."""
    cells = {key: RoundedCell(cell, nearest) for key, cell in make_cells(case.spec, case.arrays).items()}
    trace = case.trace(cells=cells)
    rounded = _rounded(backward, nearest)(trace)
    upstream = Outputs(*map(nearest, case.loss.gradient(trace.outputs)))
    gradients = {name: nearest(array) for name, array in rounded.gradients(upstream).items()}
    return Run(trace.outputs, gradients, {**gradients, **rounded.added})


def rounding_to(precision: Precision, random: np.random.Generator | None = None) -> Round:
    """To the nearest number. With `random` of what is off by up to a unit in the last place: others add up
    and multiply in another order."""

    def nearest(array: Numbers) -> Numbers:
        if random is not None:
            array = array * (1 + precision.eps * random.uniform(-1, 1, np.shape(array)))
        return precision.rounded(np.asarray(array))

    return nearest


class RoundedCell(PerturbedCell):
    """A cell whose every operation is rounded; derivatives come from the rounded activations, as most do."""

    def __init__(self, cell: Cell, nearest: Round) -> None:
        super().__init__(cell)
        self.nearest = nearest
        spec = cell.spec
        self.gate, self.candidate, self.output = (
            _by_value(name, nearest) for name in (spec.gate, spec.candidate, spec.output)
        )

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        return self.nearest(super().affine(t, x, h))

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        return self.nearest(super().peephole(gate, c))

    def project(self, m: Numbers) -> Numbers:
        return m if self.R is None else self.nearest(super().project(m))

    def one_minus(self, i: Numbers, z: Numbers) -> Numbers:
        return self.nearest(1 - i)

    def remember(self, f: Numbers, c: Numbers, i: Numbers, g: Numbers) -> Numbers:
        return self.nearest(self.nearest(f * c) + self.nearest(i * g))

    def emit(self, o: Numbers, c: Numbers) -> Numbers:
        return self.nearest(super().emit(o, c))

    def activate(self, activation: Activation, z: Numbers) -> Numbers:
        return self.nearest(super().activate(activation, z))


OF_VALUE: dict[str, Callable[[Numbers], Numbers]] = {
    "sigmoid": lambda v: v * (1 - v),
    "tanh": lambda v: 1 - v**2,
}
"""Derivatives from what an activation gave."""


def _by_value(name: str, nearest: Round) -> Activation:
    own = ACTIVATIONS[name]
    if name in OF_VALUE:
        return replace(own, derivative=lambda z: nearest(OF_VALUE[name](nearest(own.value(z)))))
    return replace(own, derivative=lambda z: nearest(own.derivative(z)))


ROUNDED = (
    "d_x_of_layer",
    "d_h_total",
    "d_m",
    "d_z_o",
    "d_c",
    "d_z_i",
    "d_z_f",
    "d_z_g",
    "d_x",
    "d_h_prev",
    "d_c_prev",
)
"""Terms of a backward pass that are stored."""


def _rounded(backward: type[Backward], nearest: Round) -> Any:
    """A backward pass, whichever its terms are, whose every term is rounded."""

    def rounded(name: str) -> Callable[..., Numbers]:
        exact = getattr(backward, name)
        return lambda self, *given: nearest(exact(self, *given))

    terms = {name: rounded(name) for name in ROUNDED}
    return type("Rounded", (_Adding, backward), {**terms, "nearest": staticmethod(nearest)})


class _Adding(Backward):
    """Adds up over the steps in numbers of few digits, beside the sums that others take."""

    nearest: Round

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.added: dict[str, Numbers] = defaultdict(float)  # type: ignore[arg-type]

    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        terms = super().parameter_terms(s, d)
        for block, term in terms.items():
            name = array_name(block, *s.cell.key)
            self.added[name] = self.nearest(self.added[name] + self.nearest(term))
        return terms
