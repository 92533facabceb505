"""Implementations of one step: unrolled over time by us."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.protocols.adapter import Adapter, Pass, Returned


class StepGradients(NamedTuple):
    """Of x (B, D), h (B, P) and c (B, H) before the step, and of the parameters by the layout's names.

    None for an input whose gradient the step does not return.
    """

    x: Numbers | None
    h: Numbers
    c: Numbers
    parameters: dict[str, Numbers]


class Unrolled(Adapter):
    """A loop over the steps: h and c are handed on, their gradients back, the parameters' are summed."""

    def as_arguments(self, arrays: Arrays) -> dict[str, Numbers]:
        """The parameters, as a step takes them."""
        return self.parameters(arrays)

    def step(
        self, parameters: dict[str, Numbers], x: Numbers, h: Numbers, c: Numbers
    ) -> tuple[Numbers, Numbers, Any]:
        """h (B, P), c (B, H) and the cache of one step."""
        raise NotImplementedError

    def step_back(self, d_h: Numbers, d_c: Numbers, cache: Any) -> StepGradients:
        """The gradients of one step."""
        raise NotImplementedError

    def forward(self, arrays: Arrays) -> Pass:
        parameters = self.as_arguments(arrays)
        h, c = arrays["h0"][0], arrays["c0"][0]
        ys, caches = [], []
        for x in arrays["x"]:
            h, c, cache = self.step(parameters, self.copied(x), self.copied(h), self.copied(c))
            ys.append(h)
            caches.append(cache)
        return self.ran(np.stack(ys), h, c, caches)

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        d_h, d_c = upstream.h_T[0], upstream.c_T[0]
        sums: dict[str, Any] = defaultdict(float)
        d_x: list[Numbers | None] = []
        for d_y, cache in zip(reversed(upstream.y), reversed(ran.cache), strict=True):
            found = self.step_back(self.copied(d_y + d_h), self.copied(d_c), cache)
            d_h, d_c = found.h, found.c
            d_x.append(found.x)
            for name, gradient in found.parameters.items():
                # In many digits: what is lost here would not be the step's fault.
                sums[name] = sums[name] + gradient.astype(np.result_type(gradient, float))
        last = self.ours(found.parameters)
        ours = replace(self.ours(sums), last=last.arrays, precisions=last.precisions)
        steps = [each for each in reversed(d_x) if each is not None]
        if len(steps) == len(d_x):
            ours.add("x", np.stack(steps))
        ours.add("h0", d_h[None])
        ours.add("c0", d_c[None])
        return ours
