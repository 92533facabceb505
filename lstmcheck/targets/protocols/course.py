"""course-cell and course-sequence: data in columns, each gate's weights over the stacked [a_prev; xt]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Adapter, Function, Pass, Returned
from lstmcheck.targets.protocols.unrolled import StepGradients, Unrolled

GATES = {"f": "f", "i": "i", "g": "c", "o": "o"}
"""Our letters → theirs: they call the candidate c."""
CLASSES = 2
"""Width of the prediction that their forward pass makes as well; nothing is asked about it."""


class _Course(Adapter):
    def as_arguments(self, arrays: Arrays) -> dict[str, Numbers]:
        """Wf bf Wi bi Wc bc Wo bo, and Wy by: biases are columns."""
        own = self.parameters(arrays)
        found = {}
        for gate, letter in GATES.items():
            found[f"W{letter}"], found[f"b{letter}"] = own[f"W_{gate}"], own[f"b_{gate}"][:, None]
        random = np.random.default_rng(0)
        prediction = {
            "Wy": random.standard_normal((CLASSES, self.spec.hidden_size)),
            "by": random.standard_normal((CLASSES, 1)),
        }
        return found | {name: self.copied(array) for name, array in prediction.items()}

    def weights(self, function: Function, found: Mapping[str, Any]) -> dict[str, Numbers]:
        """dWf, dbf, … that are there, by the layout's names."""
        gradients = {}
        for block in ("W", "b"):
            for gate, letter in GATES.items():
                name, theirs = f"{block}_{gate}", f"d{block}{letter}"
                if theirs in found:
                    shape = self.layout.shapes[name] + ((1,) if block == "b" else ())
                    array = returned.array(function, theirs, found[theirs], shape)
                    gradients[name] = array[:, 0] if block == "b" else array
        return gradients


class CellStep(_Course, Unrolled):
    """lstm_cell_forward(xt, a_prev, c_prev, parameters), lstm_cell_backward(da_next, dc_next, cache)."""

    def step(
        self, parameters: dict[str, Numbers], x: Numbers, h: Numbers, c: Numbers
    ) -> tuple[Numbers, Numbers, Any]:
        function = self.functions[0]
        result = self.call(function, self.copied(x.T), self.copied(h.T), self.copied(c.T), parameters)
        a, c_next, _, cache = returned.several(function, result, ("a_next", "c_next", "yt", "cache"))
        shape = (self.spec.hidden_size, len(x))
        return (
            returned.array(function, "a_next", a, shape, "(n_a, m)").T,
            returned.array(function, "c_next", c_next, shape, "(n_a, m)").T,
            cache,
        )

    def step_back(self, d_h: Numbers, d_c: Numbers, cache: Any) -> StepGradients:
        function = self.functions[1]
        found = returned.mapping(function, self.call(function, self.copied(d_h.T), self.copied(d_c.T), cache))
        shapes = {
            "dxt": (self.spec.input_size, len(d_h)),
            "da_prev": d_h.T.shape,
            "dc_prev": d_c.T.shape,
        }
        for name in ("da_prev", "dc_prev"):
            if name not in found:
                raise returned.fault(function, f"returned no {name}, which the step before needs.")
        d_x, d_a, d_c_prev = (
            returned.array(function, name, found[name], shape).T if name in found else None
            for name, shape in shapes.items()
        )
        assert d_a is not None
        assert d_c_prev is not None
        return StepGradients(d_x, d_a, d_c_prev, self.weights(function, found))


class Sequence(_Course):
    """lstm_forward(x, a0, parameters), lstm_backward(da, caches): x (n_x, m, T), c0 = 0."""

    def forward(self, arrays: Arrays) -> Pass:
        function = self.functions[0]
        x, a0 = self.copied(arrays["x"].transpose(2, 1, 0)), self.copied(arrays["h0"][0].T)
        result = self.call(function, x, a0, self.as_arguments(arrays))
        a, _, c, caches = returned.several(function, result, ("a", "y", "c", "caches"))
        shape = (self.spec.hidden_size, *x.shape[1:])
        y = returned.array(function, "a", a, shape, "(n_a, m, T)").transpose(2, 1, 0)
        cells = returned.array(function, "c", c, shape, "(n_a, m, T)").transpose(2, 1, 0)
        return self.ran(y, y[-1], cells[-1], caches)

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        function = self.functions[1]
        d_y = np.array(upstream.y)
        d_y[-1] += upstream.h_T[0]
        d_a = self.copied(d_y.transpose(2, 1, 0))
        found = returned.mapping(function, self.call(function, d_a, ran.cache))
        ours = self.ours(self.weights(function, found))
        if "dx" in found:
            shape = (self.spec.input_size, *d_a.shape[1:])
            d_x = returned.array(function, "dx", found["dx"], shape, "(n_x, m, T)")
            ours.add("x", d_x.transpose(2, 1, 0))
        if "da0" in found:
            d_a0 = returned.array(function, "da0", found["da0"], d_a.shape[:2], "(n_a, m)")
            ours.add("h0", d_a0.T[None])
        return ours
