"""torch: build(input_size, hidden_size) -> nn.Module, called as module(x, (h0, c0)) -> y, (h, c).

The analytic side is torch's autograd, custom functions, kernels and hooks included: parameters are set in the
module itself, and gradients are what a backward pass leaves in `.grad`, as in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lstmcheck.conventions.network_layout import of_cell
from lstmcheck.errors import LstmcheckError, Problem
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.precision import lowest
from lstmcheck.lstm.spec import Bias, LstmSpec
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import LENGTHS, Adapter, Function, Pass, Returned
from lstmcheck.targets.protocols.torch_building import built, compiled, dropout_notes, made_ready
from lstmcheck.targets.protocols.torch_calling import OTHERWISE, Calling
from lstmcheck.targets.protocols.torch_gradients import gradients, run_back
from lstmcheck.targets.protocols.torch_names import Parameters
from lstmcheck.targets.protocols.torch_numbers import precision_of_tensor, read_numbers, with_gaps
from lstmcheck.targets.running.calling import Caller, told_at


class Cache(NamedTuple):
    """What a backward pass needs of one forward pass."""

    outputs: dict[str, Any]
    """Tensors y, h and c."""
    inputs: dict[str, Any]
    """Leaves x, h0 and c0."""
    arrays: Arrays
    """What it was run with: saved tensors may be the module's parameters themselves."""
    spread: bool
    """Whether its tensors lie in memory with gaps, as its upstreams are to."""


class Torch(Adapter):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._module: Any = None
        self._parameters: dict[str, Any] = {}
        """By the names of the layout."""
        self._loaded: dict[tuple[CellKey, str], Numbers] = {}
        self._with_graph, self._spread = True, False
        self._same_without_graph: bool | None = None

    @classmethod
    def start(cls, dtype: str, device: str) -> None:
        """Its import takes long: that is not the target's time."""
        with suppress(ImportError):  # it is told when it is used
            import torch  # noqa: F401

    @classmethod
    def bias_of(
        cls, functions: Sequence[Function], call: Caller, spec: LstmSpec, options: Mapping[str, Any]
    ) -> Bias | None:
        module = built(functions[0], call, spec, options)
        return Parameters(functions[0], module, spec, options.get("names")).bias

    def prepare(self) -> None:
        """Build the module, on its device and in its precision."""
        build, call, options = self.functions[0], self.call, self.options
        module = built(build, call, self.spec, options)
        known = Parameters(build, module, self.spec, options.get("names"))
        paths = known.by_cell(self.layout.cells)
        self._module = made_ready(build, module, self.precision.name, self.device, options)
        own = dict(module.named_parameters())
        self._parameters = {self.layout.name(*place): own[path] for place, path in paths.items()}
        self._calling = Calling(module, compiled(module, options), self.spec, options)

    @property
    def optional(self) -> str:
        """What a loss does not use, autograd is not asked about: a function of its own gets zeros, or None
        where it has switched those off."""
        return "yhc"

    @property
    def notes(self) -> tuple[str, ...]:
        return dropout_notes(self._module)

    def forward(self, arrays: Arrays) -> Pass:
        self._load(arrays)
        x = arrays["x"].swapaxes(0, 1) if self._calling.batch_first else arrays["x"]
        lengths = arrays.get(LENGTHS)
        inputs = {"x": self._leaf(x), "h0": self._leaf(arrays["h0"]), "c0": self._leaf(arrays["c0"])}
        with self._graph(), self._explained():
            tensors = self._calling(self.call, inputs["x"], inputs["h0"], inputs["c0"], lengths)
            outputs = dict(zip("yhc", tensors, strict=True))
            length, batch, _ = arrays["x"].shape
            found = {name: self._numbers(name, value, length, batch) for name, value in outputs.items()}
        ran = self.ran(found["y"], found["h"], found["c"], Cache(outputs, inputs, arrays, self._spread))
        return replace(ran, precision=lowest(ran.precision, *map(precision_of_tensor, outputs.values())))

    def evaluate(self, arrays: Arrays) -> Pass:
        """Without a graph, if that gives the same bits: a module may compute otherwise where it can."""
        if self._same_without_graph is None:
            one, other = (self._evaluated(arrays, with_graph=kind).outputs for kind in (True, False))
            assert one is not None
            assert other is not None
            self._same_without_graph = all(
                np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True)
            )
        return self._evaluated(arrays, with_graph=not self._same_without_graph)

    def spread(self, arrays: Arrays) -> Pass:
        self._spread = True
        try:
            return self.forward(arrays)
        finally:
            self._spread = False

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        cache: Cache = ran.cache
        self._load(cache.arrays)
        asked = {name: d for name, d in zip("yhc", upstream, strict=True) if d is not None}
        given = {name: self._upstream(name, d, cache.spread) for name, d in asked.items()}
        leaves = {**self._parameters, **cache.inputs}
        notes = run_back(self.functions[0], self._module, self.call, cache.outputs, given, leaves)
        if self.options.get("states") == "none":
            leaves = {**self._parameters, "x": cache.inputs["x"]}
        found = gradients(self._module, leaves)
        ours = self.ours({name: found.arrays[name] for name in self._parameters})
        inputs = {name: found.arrays[name] for name in cache.inputs if name in leaves}
        if self._calling.batch_first:
            inputs["x"] = inputs["x"].swapaxes(0, 1)
        self.add_inputs(ours, inputs)
        return replace(ours, notes=(*notes, *found.notes))

    def set_parameters(self, parameters: Arrays) -> None:
        """Write into the module's own: whoever else refers to them has the same numbers."""
        import torch

        for name, array in parameters.items():
            self._parameters[name].data.copy_(torch.from_numpy(array))

    def _load(self, arrays: Arrays) -> None:
        """The parameters of a pass, unless they are the module's already."""
        for key, cell in self.layout.cells.items():
            own = of_cell(arrays, key)
            if all(array is self._loaded.get((key, block)) for block, array in own.items()):
                continue
            written = {self.layout.name(key, name): array for name, array in cell.write(own).items()}
            self.call(self.set_parameters, written)
            self._loaded.update({(key, block): array for block, array in own.items()})

    def _evaluated(self, arrays: Arrays, *, with_graph: bool) -> Pass:
        self._with_graph = with_graph
        try:
            return self.forward(arrays)
        finally:
            self._with_graph = True

    @contextmanager
    def _graph(self) -> Iterator[None]:
        import torch

        with torch.set_grad_enabled(self._with_graph):
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A fault of the call, with what there is to try."""
        try:
            yield
        except LstmcheckError as error:
            raise type(error)([self._with_remedy(each) for each in error.problems]) from None

    def _with_remedy(self, problem: Problem) -> Problem:
        problem = told_at(self.functions[0], problem)
        if "dtype" in problem.what or "scalar type" in problem.what:
            other = "float64" if self.precision.is_low else "float32"
            return replace(
                problem, remedy=f"It was given {self.precision}; target.dtype: {other} gives it that."
            )
        if problem.remedy and problem.remedy.startswith("It was called with"):
            return replace(problem, remedy=f"{problem.remedy} {OTHERWISE}")
        return problem

    def _tensor(self, array: Numbers) -> Any:
        import torch

        wide = torch.from_numpy(np.array(array, float, order="C"))
        return wide.to(self.device, getattr(torch, self.precision.name))

    def _leaf(self, array: Numbers) -> Any:
        tensor = self._tensor(array)
        return (with_gaps(tensor) if self._spread else tensor).requires_grad_(self._with_graph)

    def _upstream(self, name: str, d: Numbers, spread: bool) -> Any:
        tensor = self._tensor(d.swapaxes(0, 1) if name == "y" and self._calling.batch_first else d)
        return with_gaps(tensor) if spread else tensor

    def _numbers(self, name: str, value: Any, length: int, batch: int) -> Numbers:
        """One output in our order. Raises LstmcheckError for what is no tensor of its shape."""
        array: Numbers = self.call(read_numbers, value)
        shape, letters = self.shapes(length, batch)[name]
        if name == "y" and self._calling.batch_first:
            shape, letters = (batch, length, shape[2]), letters.replace("T, B", "B, T")
            return np.swapaxes(returned.array(self._module, name, array, shape, letters), 0, 1)
        if name != "y" and len(shape) == 2 and array.ndim == 3:
            shape, letters = (1, *shape), letters.replace("(", "(1, ")
        return returned.array(self._module, name, array, shape, letters)
