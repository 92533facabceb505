"""plain: forward(params, x, h0, c0) -> y, h_T, c_T, cache; backward(d_y, d_h, d_c, cache) -> dict.

loss: loss_and_grads(params, x, h0, c0) -> (loss, grads), with a loss of its own. Both forward passes get the
keyword lengths, too, where the configuration has lengths.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.precision import precision_of
from lstmcheck.lstm.types import Arrays
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Adapter, Function, Pass, Returned, optional_of

Sizes = tuple[int, int]


class _ByName(Adapter):
    """Parameters and gradients are dicts, under the layout's names beside x, h0 and c0."""

    def run(self, arrays: Arrays) -> Any:
        """What the first function returns."""
        parameters, x = self.parameters(arrays), self.copied(arrays["x"])
        states = self.states(arrays["h0"], arrays["c0"])
        return self.call(self.functions[0], parameters, x, *states, **self.lengths(arrays))

    def named(self, function: Function, found: Any, sizes: Sizes) -> Returned:
        """Gradients by name → ours. Raises LstmcheckError for names and shapes that are not known."""
        gradients = returned.mapping(function, found)
        length, batch = sizes
        states = self.shapes(length, batch)
        inputs = {"x": (length, batch, self.spec.input_size), "h0": states["h"][0], "c0": states["c"][0]}
        shapes = {**self.layout.shapes, **inputs}
        returned.known_names(function, gradients, list(shapes))
        checked = {n: returned.array(function, n, value, shapes[n]) for n, value in gradients.items()}
        ours = self.ours(checked)
        self.add_inputs(ours, {name: checked[name] for name in inputs if name in checked})
        return ours


class Plain(_ByName):
    @property
    def optional(self) -> str:
        return optional_of(self.functions[1], dict(enumerate("yhc")))

    def forward(self, arrays: Arrays) -> Pass:
        function = self.functions[0]
        found = returned.several(function, self.run(arrays), ("y", "h_T", "c_T", "cache"))
        length, batch, _ = arrays["x"].shape
        shapes = self.shapes(length, batch)
        return self.ran(
            returned.array(function, "y", found[0], *shapes["y"]),
            returned.array(function, "h_T", found[1], *shapes["h"]),
            returned.array(function, "c_T", found[2], *shapes["c"]),
            found[3],
        )

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        function = self.functions[1]
        found = self.call(function, *self.upstreams(upstream), ran.cache)
        assert ran.outputs is not None
        return self.named(function, found, ran.outputs.y.shape[:2])


class Loss(_ByName):
    def forward(self, arrays: Arrays) -> Pass:
        ran = self.evaluate(arrays)
        # At once: a later call may write into the same arrays.
        return replace(ran, cache=self.named(self.functions[0], ran.cache, arrays["x"].shape[:2]))

    def evaluate(self, arrays: Arrays) -> Pass:
        function = self.functions[0]
        loss, gradients = returned.several(function, self.run(arrays), ("loss", "grads"))
        value = returned.array(function, "loss", loss, (), "a number")
        precision = precision_of(value.dtype)
        wide = value.astype(np.float32) if precision.is_short else value
        return Pass(None, gradients, wide[()], precision)

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        gradients: Returned = ran.cache
        return gradients
