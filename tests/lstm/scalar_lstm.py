"""The LSTM once more, number by number: loops over time, sequences and units, and no arrays.

Written from the equations alone, to be compared with the package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from bounded import Bounded, activation, negative, total

from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Floats

Vector = list[Bounded]
I, F, G, O = range(4)  # noqa: E741 the letters of the equations


class Result(NamedTuple):
    """y[t][b], h_T[cell][b], c_T[cell][b], each a vector."""

    y: list[list[Vector]]
    h_T: list[list[Vector]]
    c_T: list[list[Vector]]


def run(spec: LstmSpec, arrays: Mapping[str, Floats], lengths: Sequence[int] | None = None) -> Result:
    """All layers, the two directions of each side by side."""
    sequence = _exact(arrays["x"])
    length, batch = len(sequence), len(sequence[0])
    ends = list(lengths) if lengths is not None else [length] * batch
    h0, c0 = _exact(arrays["h0"]), _exact(arrays["c0"])
    h_T, c_T = [], []
    cell = 0
    for layer in range(spec.num_layers):
        outputs: list[list[Vector]] = [[[] for _ in range(batch)] for _ in range(length)]
        for suffix in ["", "_reverse"][: 2 if spec.bidirectional else 1]:
            step = _Step(spec, arrays, f"_l{layer}{suffix}")
            last_h, last_c = [], []
            for b in range(batch):
                h, c = h0[cell][b], c0[cell][b]
                inside = range(ends[b])
                seen: dict[int, Vector] = {}
                for t in reversed(inside) if suffix else inside:
                    h, c = step(sequence[t][b], h, c)
                    seen[t] = h
                nothing = [Bounded(0.0)] * (spec.proj_size or spec.hidden_size)
                for t in range(length):
                    outputs[t][b] += seen.get(t, nothing)
                last_h.append(h)
                last_c.append(c)
            h_T.append(last_h)
            c_T.append(last_c)
            cell += 1
        sequence = outputs
    return Result(sequence, h_T, c_T)


class _Step:
    """One cell: (x, h, c) of one sequence and one step → (h, c)."""

    def __init__(self, spec: LstmSpec, arrays: Mapping[str, Floats], name: str) -> None:
        self.spec = spec
        self.W, self.U = _exact(arrays["W" + name]), _exact(arrays["U" + name])
        self.biases = [_exact(arrays[b + name]) for b in ("b", "b_ih", "b_hh") if b + name in arrays]
        self.p = _exact(arrays["p" + name]) if spec.peephole else None
        self.R = _exact(arrays["R" + name]) if spec.proj_size else None

    def __call__(self, x: Vector, h: Vector, c: Vector) -> tuple[Vector, Vector]:
        spec, m, c_new = self.spec, [], []
        for unit in range(spec.hidden_size):
            i = activation(spec.gate, self.z(I, unit, x, h, c))
            if spec.coupled:
                f = total([Bounded(1.0), negative(i)])
            else:
                f = activation(spec.gate, self.z(F, unit, x, h, c))
            g = activation(spec.candidate, self.z(G, unit, x, h, None))
            c_new.append(total([f * c[unit], i * g]))
            o = activation(spec.gate, self.z(O, unit, x, h, [*c[:unit], c_new[unit]]))
            m.append(o * activation(spec.output, c_new[unit]))
        if self.R is None:
            return m, c_new
        return [total(weight * value for weight, value in zip(row, m, strict=True)) for row in self.R], c_new

    def z(self, gate: int, unit: int, x: Vector, h: Vector, c: Vector | None) -> Bounded:
        """The pre-activation; `c` is the cell state that the gate's peephole sees."""
        terms = [weight * value for weight, value in zip(self.W[gate][unit], x, strict=True)]
        terms += [weight * value for weight, value in zip(self.U[gate][unit], h, strict=True)]
        terms += [bias[gate][unit] for bias in self.biases]
        if self.p is not None and c is not None:
            peephole = {I: 0, F: 1, O: 2}[gate]
            terms.append(self.p[peephole][unit] * c[unit])
        return total(terms)


def _exact(array: Floats) -> Any:
    """An array as nested lists, as deep as it has axes, of numbers without error."""

    def convert(item: Any) -> Any:
        return Bounded(item) if isinstance(item, float) else [convert(x) for x in item]

    return convert(array.tolist())


def values_and_errors(nested: list[list[Vector]]) -> tuple[Floats, Floats]:
    """Nested lists of three axes as two arrays."""
    values = [[[n.value for n in vector] for vector in row] for row in nested]
    errors = [[[n.error for n in vector] for vector in row] for row in nested]
    return np.array(values), np.array(errors)
