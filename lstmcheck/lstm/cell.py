"""One cell and what a step does with its parameters.

A `Cell` touches its parameters in three operations only: `affine`, `peephole` and `project`. Whoever needs
other parameters, nudged copies for instance, overrides those; whoever moves a quantity on its way, the
operation that computes it (see `lstmcheck.lstm.perturbed_cells`). Every operation takes further axes in
front of the batch, so that many copies of the states go through one step together, and complex numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstmcheck.lstm.activations import ACTIVATIONS, Activation
from lstmcheck.lstm.gates import G, I, peephole_row
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import DType, Numbers

CellKey = tuple[int, bool]
"""(layer, reverse)."""


def product(states: Numbers, matrices: Numbers) -> Numbers:
    """(…, P) times (4, H, P) → (4, …, H), each gate's part contiguous."""
    rows = states.reshape(-1, states.shape[-1])
    if np.iscomplexobj(rows) and not np.iscomplexobj(matrices):
        parts = np.stack([rows.real, rows.imag]).reshape(-1, rows.shape[-1])
        real, imag = product(parts, matrices).reshape(len(matrices), 2, len(rows), -1).swapaxes(0, 1)
        result = real + 1j * imag
    else:
        result = rows @ matrices.swapaxes(-1, -2)
    return np.asarray(result.reshape(len(matrices), *states.shape[:-1], -1))


class Cell:
    """One layer in one direction: its parameters and how a step uses them."""

    def __init__(self, spec: LstmSpec, arrays: Mapping[str, Numbers], key: CellKey) -> None:
        def find(block: str) -> Numbers | None:
            return arrays.get(array_name(block, *key))

        self.spec, self.key = spec, key
        self.W, self.U = arrays[array_name("W", *key)], arrays[array_name("U", *key)]
        self.p, self.R = find("p"), find("R")
        self.b = find("b") if spec.bias == "one" else None
        if spec.bias == "two":
            self.b = arrays[array_name("b_ih", *key)] + arrays[array_name("b_hh", *key)]
        self.gate = ACTIVATIONS[spec.gate]
        self.candidate = ACTIVATIONS[spec.candidate]
        self.output = ACTIVATIONS[spec.output]

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        """W x + U h + b, (4, …, B, H)."""
        return add(self.inputs(x), product(h, self.U))

    def inputs(self, x: Numbers) -> Numbers:
        """W x + b, (4, …, B, H)."""
        z = product(x, self.W)
        if self.b is not None:
            z += self.b[:, None] if z.ndim == 3 else self.b[:, None, None]
        return z

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        """p_k ∘ c, (…, B, H)."""
        assert self.p is not None
        return np.asarray(self.p[peephole_row(gate)] * c)

    def project(self, m: Numbers) -> Numbers:
        """R m, (…, B, P); m itself without projection."""
        return m if self.R is None else product(m, self.R[None])[0]

    def open(self, gate: int, z: Numbers) -> Numbers:
        """A gate's activation of its pre-activation, out of z (4, …, B, H): (…, B, H)."""
        return self.activate(self.candidate if gate == G else self.gate, z[gate])

    def one_minus(self, i: Numbers, z: Numbers) -> Numbers:
        """1 − i, i being the input gate of z (4, …, B, H)."""
        complement = self.gate.complement
        return np.asarray(1 - i) if complement is None else complement(z[I])

    def remember(self, f: Numbers, c: Numbers, i: Numbers, g: Numbers) -> Numbers:
        """f ∘ c + i ∘ g, (…, B, H)."""
        return np.asarray(f * c + i * g)

    def squash(self, c: Numbers) -> Numbers:
        """output(c), (…, B, H)."""
        return self.activate(self.output, c)

    def emit(self, o: Numbers, c: Numbers) -> Numbers:
        """o ∘ output(c), (…, B, H)."""
        return self.squash(c) * o

    def activate(self, activation: Activation, z: Numbers) -> Numbers:
        """Either of its activations of z, (…, B, H)."""
        return activation.value(z)

    def room_for_outputs(self, shape: tuple[int, ...], dtype: DType) -> Numbers:
        """Memory for the outputs of all steps."""
        return np.empty(shape, dtype)


def add(a: Numbers, b: Numbers) -> Numbers:
    """a + b for (4, B, H) and (4, N, B, H), where either may lack the copies axis that the other has."""
    return np.asarray(a + b if a.ndim == b.ndim else with_copies(a) + with_copies(b))


def with_copies(z: Numbers) -> Numbers:
    """(4, B, H) or (4, N, B, H) → (4, 1, B, H) or (4, N, B, H)."""
    return z[:, None] if z.ndim == 3 else z
