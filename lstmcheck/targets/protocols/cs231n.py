"""cs231n-step and cs231n-sequence: data in rows, gates i, f, o, g in the columns of Wx and Wh."""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Adapter, Function, Pass, Returned
from lstmcheck.targets.protocols.unrolled import StepGradients, Unrolled

THEIRS = {"W": "Wx", "U": "Wh", "b": "b"}


def _parameter_gradients(adapter: Adapter, function: Function, found: tuple[Any, ...]) -> dict[str, Numbers]:
    """dWx, dWh, db by the layout's names."""
    shapes = adapter.layout.shapes
    return {
        name: returned.array(function, f"d{theirs}", value, shapes[name])
        for (name, theirs), value in zip(THEIRS.items(), found, strict=True)
    }


class Step(Unrolled):
    """lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b), lstm_step_backward(dnext_h, dnext_c, cache)."""

    def step(
        self, parameters: dict[str, Numbers], x: Numbers, h: Numbers, c: Numbers
    ) -> tuple[Numbers, Numbers, Any]:
        function = self.functions[0]
        result = self.call(function, x, h, c, *(parameters[name] for name in THEIRS))
        next_h, next_c, cache = returned.several(function, result, ("next_h", "next_c", "cache"))
        shape = (len(x), self.spec.hidden_size)
        return (
            returned.array(function, "next_h", next_h, shape, "(N, H)"),
            returned.array(function, "next_c", next_c, shape, "(N, H)"),
            cache,
        )

    def step_back(self, d_h: Numbers, d_c: Numbers, cache: Any) -> StepGradients:
        function = self.functions[1]
        found = returned.several(
            function,
            self.call(function, d_h, d_c, cache),
            ("dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"),
        )
        return StepGradients(
            returned.array(function, "dx", found[0], (len(d_h), self.spec.input_size), "(N, D)"),
            returned.array(function, "dprev_h", found[1], d_h.shape, "(N, H)"),
            returned.array(function, "dprev_c", found[2], d_c.shape, "(N, H)"),
            _parameter_gradients(self, function, found[3:]),
        )


class Sequence(Adapter):
    """lstm_forward(x, h0, Wx, Wh, b), lstm_backward(dh, cache): x (N, T, D), c0 = 0."""

    def forward(self, arrays: Arrays) -> Pass:
        function, parameters = self.functions[0], self.parameters(arrays)
        length, batch, _ = arrays["x"].shape
        result = self.call(
            function,
            self.copied(arrays["x"].swapaxes(0, 1)),
            self.copied(arrays["h0"][0]),
            *(parameters[name] for name in THEIRS),
        )
        h, cache = returned.several(function, result, ("h", "cache"))
        shape = (batch, length, self.spec.output_size)
        y = returned.array(function, "h", h, shape, "(N, T, H)").swapaxes(0, 1)
        return self.ran(y, y[-1], None, cache)

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        function = self.functions[1]
        d_y = np.array(upstream.y)
        d_y[-1] += upstream.h_T[0]
        result = self.call(function, self.copied(d_y.swapaxes(0, 1)), ran.cache)
        found = returned.several(function, result, ("dx", "dh0", "dWx", "dWh", "db"))
        length, batch, _ = d_y.shape
        ours = self.ours(_parameter_gradients(self, function, found[2:]))
        d_x = returned.array(function, "dx", found[0], (batch, length, self.spec.input_size), "(N, T, D)")
        d_h0 = returned.array(function, "dh0", found[1], (batch, self.spec.output_size), "(N, H)")
        ours.arrays.update(x=np.array(d_x.swapaxes(0, 1), float), h0=np.array(d_h0[None], float))
        return ours
