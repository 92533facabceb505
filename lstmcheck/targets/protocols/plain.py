"""plain: forward(params, x, h0, c0) -> y, h_T, c_T, cache; backward(d_y, d_h, d_c, cache) -> dict.

loss: loss_and_grads(params, x, h0, c0) -> (loss, grads), with a loss of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Adapter, Function, Pass, Returned, state_shape

Sizes = tuple[int, int]


class _ByName(Adapter):
    """Parameters and gradients are dicts, under the layout's names beside x, h0 and c0."""

    def arguments(self, arrays: Arrays) -> tuple[dict[str, Numbers], Numbers, Numbers, Numbers]:
        h0, c0 = arrays["h0"][0], arrays["c0"][0]
        return self.parameters(arrays), self.copied(arrays["x"]), self.copied(h0), self.copied(c0)

    def named(self, function: Function, found: Any, sizes: Sizes) -> Returned:
        """Gradients by name → ours. Raises LstmcheckError for names and shapes that are not known."""
        gradients = returned.mapping(function, found)
        length, batch = sizes
        h, c = state_shape(self.spec, batch)
        inputs = {"x": (length, batch, self.spec.input_size), "h0": h, "c0": c}
        returned.known_names(function, gradients, [*self.layout.shapes, *inputs])
        ours = self.ours(self.checked_parameters(function, _without(gradients, inputs)))
        for name, shape in inputs.items():
            if name in gradients:
                array = np.array(returned.array(function, name, gradients[name], shape), float)
                ours.arrays[name] = array if name == "x" else array[None]
        return ours


def _without(gradients: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in gradients.items() if name not in names}


class Plain(_ByName):
    def forward(self, arrays: Arrays) -> Pass:
        function = self.functions[0]
        arguments = self.arguments(arrays)
        found = returned.several(function, self.call(function, *arguments), ("y", "h_T", "c_T", "cache"))
        length, batch, _ = arrays["x"].shape
        h, c = state_shape(self.spec, batch)
        return self.ran(
            returned.array(function, "y", found[0], (length, *h), "(T, B, P)"),
            returned.array(function, "h_T", found[1], h, "(B, P)"),
            returned.array(function, "c_T", found[2], c, "(B, H)"),
            found[3],
        )

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        function = self.functions[1]
        d_y, d_h, d_c = self.copied(upstream.y), self.copied(upstream.h_T[0]), self.copied(upstream.c_T[0])
        return self.named(function, self.call(function, d_y, d_h, d_c, ran.cache), d_y.shape[:2])


class Loss(_ByName):
    def forward(self, arrays: Arrays) -> Pass:
        ran = self.evaluate(arrays)
        # At once: a later call may write into the same arrays.
        return replace(ran, cache=self.named(self.functions[0], ran.cache, arrays["x"].shape[:2]))

    def evaluate(self, arrays: Arrays) -> Pass:
        function = self.functions[0]
        result = self.call(function, *self.arguments(arrays))
        loss, gradients = returned.several(function, result, ("loss", "grads"))
        value = returned.array(function, "loss", loss, (), "a number")
        return Pass(None, gradients, value[()], value.dtype)

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        gradients: Returned = ran.cache
        return gradients
