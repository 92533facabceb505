"""What an adapter makes of every implementation: a forward pass and a backward pass over our arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lstmcheck.conventions.layout import Layout
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import INPUT_BLOCKS
from lstmcheck.lstm.spec import Bias, LstmSpec
from lstmcheck.lstm.types import Arrays, DType, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.running.calling import Caller

Function = Callable[..., Any]
SUFFIX = "_l0"
"""Of our parameters: a target has one cell."""


@dataclass(frozen=True)
class Pass:
    """One forward pass: what came out, in our shapes, and what its backward pass needs.

    A target that shows its loss only has no outputs.
    """

    outputs: Outputs | None
    cache: Any
    loss: Any = None
    dtype: DType = field(default_factory=lambda: np.dtype(float))
    """Of the target's outputs, before they became float64."""
    shown: str = "yhc"
    """Letters of the outputs that it shows."""
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


class Adapter:
    """One protocol: how its functions are called, and what they return.

    What it can is said in `lstmcheck.protocol_capabilities`.
    """

    def __init__(
        self,
        functions: Sequence[Function],
        call: Caller,
        layout: Layout,
        dtype: str = "float64",
        device: str = "cpu",
    ) -> None:
        self.functions, self.call, self.layout = functions, call, layout
        self.dtype, self.device = np.dtype(dtype), device

    @classmethod
    def bias_of(cls, functions: Sequence[Function], call: Caller, spec: LstmSpec) -> Bias | None:
        """How many biases it has, where the target itself decides."""
        return None

    def prepare(self) -> None:
        """What is done once, before the first call."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know of its functions, once it is prepared."""
        return ()

    @property
    def spec(self) -> LstmSpec:
        return self.layout.spec

    def forward(self, arrays: Arrays) -> Pass:
        """Run the target on our arrays: parameters, x (T, B, D), h0 (1, B, P) and c0 (1, B, H)."""
        raise NotImplementedError

    def evaluate(self, arrays: Arrays) -> Pass:
        """A forward pass that no backward pass follows."""
        return self.forward(arrays)

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        """The target's gradients, for d_y (T, B, P), d_h (1, B, P) and d_c (1, B, H)."""
        raise NotImplementedError

    # What adapters share.

    def copied(self, array: Numbers) -> Numbers:
        """A copy that the target may do with as it likes, in its precision."""
        if np.iscomplexobj(array):
            return np.array(array)
        return np.array(array, self.dtype)

    def parameters(self, arrays: Arrays) -> dict[str, Numbers]:
        """Theirs, under the names of the layout."""
        ours = {
            name.removesuffix(SUFFIX): array for name, array in arrays.items() if name not in INPUT_BLOCKS
        }
        return {name: self.copied(array) for name, array in self.layout.write(ours).items()}

    def checked_parameters(self, function: Function, found: Mapping[str, Any]) -> dict[str, Numbers]:
        """Their gradients, of the layout's names, with the shapes that the parameters have."""
        shapes = self.layout.shapes
        return {name: returned.array(function, name, value, shapes[name]) for name, value in found.items()}

    def ours(self, gradients: Arrays) -> Returned:
        """Gradients by the layout's names → by our array names, float64."""
        found = self.layout.read_gradients(gradients)
        arrays = {f"{block}{SUFFIX}": np.array(array, float) for block, array in found.blocks.items()}
        return Returned(arrays, {f"{block}{SUFFIX}": gates for block, gates in found.missing_gates.items()})

    def ran(self, y: Numbers, h: Numbers, c: Numbers | None, cache: Any) -> Pass:
        """A pass from y (T, B, P), h (B, P) and c (B, H) or None, where the target does not tell."""
        shown = [y, h] if c is None else [y, h, c]
        dtype = min((a.dtype for a in shown), key=lambda kind: np.finfo(kind).precision)
        if c is None:
            c = np.zeros((y.shape[1], self.spec.hidden_size))
        wide = [np.asarray(a, np.result_type(a, float)) for a in (y, h[None], c[None])]
        return Pass(Outputs(*wide), cache, dtype=dtype, shown="yhc"[: len(shown)])


def state_shape(spec: LstmSpec, batch: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of h (B, P) and of c (B, H)."""
    return (batch, spec.output_size), (batch, spec.hidden_size)
