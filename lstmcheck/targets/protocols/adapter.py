"""What an adapter makes of every implementation: a forward pass and a backward pass over our arrays.

What an adapter gets are our arrays by name: parameters `W_l0`, `U_l1_reverse`, …; x (T, B, D); h0 (cells, B,
P) and c0 (cells, B, H), the cells in the order of layer, then direction, as in `LstmSpec.cells`; and integers
`lengths` (B,), where the sequences of a batch have lengths of their own. It calls the target and returns a
Pass with y (T, B, directions·P), h_T and c_T (cells, B, ·); and for upstreams of those shapes Returned, with
gradients under the names of our arrays. Past a sequence's end y is 0, and h_T and c_T are those at its end.

A target of one cell sees no cells: its parameters are called W, U, b, its states are (B, ·). Those of a
network are called as ours, and its states have the axis of cells. What a target has is handed over by
`parameters`, `states`, `lengths` and `upstreams`; what it returns has the shapes that `shapes` tells, and is
taken back by `ran`, `ours` and `add_inputs`: the same calls serve one cell and many. Names, shapes and
convention of the parameters are those of `layout`, a NetworkLayout: `layout.shapes` has theirs, by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.precision import BFLOAT, DOUBLE, PRECISIONS, Precision, lowest, precision_of
from lstmcheck.lstm.spec import Bias, LstmSpec
from lstmcheck.lstm.types import Arrays, DType, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.calling import Caller

Function = Callable[..., Any]
Shape = tuple[int, ...]
LENGTHS = "lengths"
"""What the lengths of the sequences are called, among the arrays of a call and of the target."""


@dataclass(frozen=True)
class Pass:
    """One forward pass: what came out, in our shapes, and what its backward pass needs.

    A target that shows its loss only has no outputs.
    """

    outputs: Outputs | None
    cache: Any
    loss: Any = None
    precision: Precision = DOUBLE
    """The lowest of what it is given and of its outputs, before they became float64."""
    shown: str = "yhc"
    """Letters of the outputs that it shows."""
    optional: str = ""
    """Letters of the outputs whose gradients its backward pass takes None for, where they are not used."""
    observed: tuple[str, ...] = ()
    """What its functions did to what they were given, of a pass that was watched."""


@dataclass(frozen=True)
class Returned:
    """The gradients that came back, by our array names; `missing_gates` of those that are not complete."""

    arrays: dict[str, Numbers]
    missing_gates: dict[str, str] = field(default_factory=dict)
    last: dict[str, Numbers] = field(default_factory=dict)
    """Of a single step that is called many times: what its last call returned for the parameters."""
    observed: tuple[str, ...] = ()
    """As of a forward pass."""
    notes: tuple[str, ...] = ()
    """What else there is to know of how they came."""
    problems: tuple[str, ...] = ()
    """What takes away the worth of its numbers, whatever they are."""
    precisions: dict[str, Precision] = field(default_factory=dict)
    """Of those that came in less than float64. The arrays are float64."""

    def add(self, name: str, gradient: Numbers) -> None:
        """One more, in any precision."""
        self.arrays[name] = np.array(gradient, float)
        if (precision := precision_of(gradient.dtype)).is_low:
            self.precisions[name] = precision


class Adapter:
    """One protocol: how its functions are called, and what they return.

    What it can is said in `lstmcheck.protocol_capabilities`.
    """

    def __init__(
        self,
        functions: Sequence[Function],
        call: Caller,
        layout: NetworkLayout,
        dtype: str = "float64",
        device: str = "cpu",
        options: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.functions, self.call, self.layout = functions, call, layout
        self.precision, self.device, self.options = PRECISIONS[dtype], device, options

    @classmethod
    def start(cls, dtype: str, device: str) -> None:
        """What a target's own process does before the target is imported."""

    @classmethod
    def functions_of(cls, settings: TargetSettings) -> list[Function] | None:
        """Its functions, where they are none of a Python module: those of a program or a library."""
        return None

    @classmethod
    def bias_of(
        cls, functions: Sequence[Function], call: Caller, spec: LstmSpec, options: Mapping[str, Any]
    ) -> Bias | None:
        """How many biases it has, where the target itself decides."""
        return None

    def prepare(self) -> None:
        """What is done once, before the first call."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know of its functions, once it is prepared."""
        return ()

    @property
    def optional(self) -> str:
        """Letters of upstreams that may be None."""
        return ""

    @property
    def spec(self) -> LstmSpec:
        return self.layout.spec

    def forward(self, arrays: Arrays) -> Pass:
        """Run the target on our arrays: parameters, x (T, B, D), h0 (cells, B, P), c0 (cells, B, H); and
        lengths (B,), if there are any."""
        raise NotImplementedError

    def evaluate(self, arrays: Arrays) -> Pass:
        """A forward pass that no backward pass follows."""
        return self.forward(arrays)

    def spread(self, arrays: Arrays) -> Pass:
        """A forward pass whose arrays, and the upstreams after it, are not contiguous in memory; only asked
        where `Capabilities.strides` says so."""
        raise NotImplementedError

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        """The target's gradients, for d_y (T, B, directions·P), d_h (cells, B, P) and d_c (cells, B, H)."""
        raise NotImplementedError

    # What a target is given.

    def copied(self, array: Numbers) -> Numbers:
        """A copy that the target may do with as it likes, in its precision."""
        if np.iscomplexobj(array):
            return np.array(array)
        return np.array(array, self.dtype)

    @cached_property
    def dtype(self) -> DType:
        """Numpy's, in which arrays are handed over. Raises LstmcheckError where an extra is missing."""
        if self.precision is not BFLOAT:
            return np.dtype(self.precision.name)
        try:
            from ml_dtypes import bfloat16
        except ImportError:
            raise LstmcheckError(
                "arrays of bfloat16 need the package ml_dtypes.",
                where="target.dtype",
                remedy="Install it: pip install 'lstmcheck[bfloat16]'",
            ) from None
        found: DType = np.dtype(bfloat16)
        return found

    def parameters(self, arrays: Arrays) -> dict[str, Numbers]:
        """Theirs, under the names of the layout."""
        return {name: self.copied(array) for name, array in self.layout.write(arrays).items()}

    def states(self, h: Numbers, c: Numbers) -> tuple[Numbers, Numbers]:
        """Copies of two of our states or their gradients (cells, B, ·), as the target has them."""
        return self.copied(self._without_cells(h)), self.copied(self._without_cells(c))

    def lengths(self, arrays: Arrays) -> dict[str, Numbers]:
        """The keyword `lengths`, a copy of (B,), of arrays that have some; else nothing."""
        return {LENGTHS: arrays[LENGTHS].copy()} if LENGTHS in arrays else {}

    def upstreams(self, upstream: Outputs) -> tuple[Any, Any, Any]:
        """d_y (T, B, directions·P), and d_h and d_c as the target has its states: copies, or None."""
        d_y, d_h, d_c = upstream
        return (
            None if d_y is None else self.copied(d_y),
            None if d_h is None else self.copied(self._without_cells(d_h)),
            None if d_c is None else self.copied(self._without_cells(d_c)),
        )

    # What it returns.

    def shapes(self, length: int, batch: int) -> dict[str, tuple[Shape, str]]:
        """Of y, h and c as the target has them, each with its letters for messages."""
        h, c = state_shapes(self.spec, batch)
        y = (length, batch, self.spec.directions * self.spec.output_size)
        if len(self.spec.cells) == 1:
            return {"y": (y, "(T, B, P)"), "h": (h[1:], "(B, P)"), "c": (c[1:], "(B, H)")}
        width = "2 P" if self.spec.bidirectional else "P"
        return {"y": (y, f"(T, B, {width})"), "h": (h, "(cells, B, P)"), "c": (c, "(cells, B, H)")}

    def checked_parameters(self, function: Function, found: Mapping[str, Any]) -> dict[str, Numbers]:
        """Their gradients, of the layout's names, with the shapes that the parameters have."""
        shapes = self.layout.shapes
        return {name: returned.array(function, name, value, shapes[name]) for name, value in found.items()}

    def ours(self, gradients: Arrays) -> Returned:
        """Gradients of parameters by the layout's names → by our array names, float64."""
        found = self.layout.read_gradients(gradients)
        ours = Returned({}, found.missing_gates)
        for name, array in found.blocks.items():
            ours.add(name, array)
        return ours

    def add_inputs(self, found: Returned, inputs: Arrays) -> None:
        """Adds gradients of x, h0 and c0 as the target has them, to those of the parameters."""
        for name, array in inputs.items():
            found.add(name, array if name == "x" else self._with_cells(array))

    def ran(self, y: Numbers, h: Numbers, c: Numbers | None, cache: Any) -> Pass:
        """A pass from y (T, B, directions·P), and h and c as the target has its states; c may be None,
        where it does not tell."""
        shown = [y, h] if c is None else [y, h, c]
        precision = lowest(self.precision, *(precision_of(a.dtype) for a in shown))
        if c is None:
            c = np.zeros(state_shapes(self.spec, y.shape[1])[1])
        whole = (y, self._with_cells(h), self._with_cells(c))
        wide = [np.asarray(a, np.result_type(a, float)) for a in whole]
        return Pass(
            Outputs(*wide), cache, precision=precision, shown="yhc"[: len(shown)], optional=self.optional
        )

    def _without_cells(self, state: Numbers) -> Numbers:
        """(cells, B, ·) → (B, ·) of one cell."""
        return state[0] if len(self.spec.cells) == 1 else state

    def _with_cells(self, state: Numbers) -> Numbers:
        """The reverse."""
        return state[None] if state.ndim == 2 else state


def optional_of(function: Function, places: Mapping[int, str]) -> str:
    """Letters of the arguments that are None unless given, by their place."""
    try:
        given = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return ""
    return "".join(letter for k, letter in places.items() if k < len(given) and given[k].default is None)


def state_shapes(spec: LstmSpec, batch: int) -> tuple[Shape, Shape]:
    """Of our h (cells, B, P) and c (cells, B, H)."""
    cells = len(spec.cells)
    return (cells, batch, spec.output_size), (cells, batch, spec.hidden_size)
