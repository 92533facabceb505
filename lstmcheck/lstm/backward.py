"""The backward pass: one method per term, so that a wrong term is a subclass that overrides one method.

Derivation: the chain rule through the equations of one step, last step first. d_q is the gradient of the
loss with respect to q and has q's shape; the step s holds what the forward pass computed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Outputs, Step, Trace
from lstmcheck.lstm.gates import F, G, I, O, peephole_row
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.spec import BIAS_BLOCKS
from lstmcheck.lstm.types import Numbers


@dataclass(frozen=True)
class Deltas:
    """The gradients inside one step: of h, m, c (B, ·) and of the pre-activations z (4, B, H)."""

    h: Numbers
    m: Numbers
    c: Numbers
    z: Numbers


class Backward:
    """The gradients of a traced forward pass."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.spec = trace.spec

    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        """Gradients of every parameter, x, h0 and c0, by array name.

        `upstream`: d_y (T, B, directions·P), d_h (cells, B, P) and d_c (cells, B, H).
        """
        self.found: dict[str, Numbers] = {}
        d_h0, d_c0 = np.zeros_like(upstream.h_T), np.zeros_like(upstream.c_T)
        d_y = upstream.y
        for layer in reversed(range(self.spec.num_layers)):
            d_inputs = []
            for direction, key in enumerate(key for key in self.spec.cells if key[0] == layer):
                position = self.spec.cells.index(key)
                d_own = self.d_y_of_direction(d_y, direction)
                d_x, d_h0[position], d_c0[position] = self.cell(
                    key, d_own, upstream.h_T[position], upstream.c_T[position]
                )
                d_inputs.append(d_x)
            d_y = self.d_x_of_layer(d_inputs)
        return self.found | {"x": d_y, "h0": d_h0, "c0": d_c0}

    def d_y_of_direction(self, d_y: Numbers, direction: int) -> Numbers:
        """A direction's own columns of d_y (T, B, directions·P)."""
        P = self.spec.output_size
        return d_y[..., direction * P : (direction + 1) * P]

    def d_x_of_layer(self, d_x: Sequence[Numbers]) -> Numbers:
        """Both directions read the layer's input: their gradients add up."""
        return np.asarray(sum(d_x))

    def cell(
        self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers
    ) -> tuple[Numbers, Numbers, Numbers]:
        """One cell, last step first: d_x (T, B, D), d_h0 (B, P), d_c0 (B, H)."""
        sums: dict[str, Numbers] = defaultdict(float)  # type: ignore[arg-type]
        d_x = np.zeros_like(self.trace.layer_input(key[0]))
        for s in reversed(self.trace.runs[key].steps):
            d = self.deltas(s, self.d_h_total(s, d_y[s.t], d_h), self.d_c_total(s, d_c))
            d_x[s.t] = self.d_x(s, d)
            for block, term in self.parameter_terms(s, d).items():
                sums[block] += term
            d_h, d_c = self.d_h_prev(s, d, d_h), self.d_c_prev(s, d, d_c)
        self.found |= {array_name(block, *key): total for block, total in sums.items()}
        return d_x, d_h, d_c

    # What arrives at a step.

    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        """h_t is read by the output and by the next step; past a sequence's end by neither."""
        return _within(s, d_y + d_h)

    def d_c_total(self, s: Step, d_c: Numbers) -> Numbers:
        """What the next step passes to c_t; past a sequence's end c is only carried through."""
        return _within(s, d_c)

    # Inside a step.

    def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        """All gradients inside one step, in the order in which they depend on each other."""
        d_m = self.d_m(s, d_h)
        d_z = np.zeros_like(s.z)
        d_z[O] = self.d_z_o(s, d_m)
        d_c = self.d_c(s, d_m, d_z[O], d_c)
        d_z[I] = self.d_z_i(s, d_c)
        if not self.spec.coupled:
            d_z[F] = self.d_z_f(s, d_c)
        d_z[G] = self.d_z_g(s, d_c)
        return Deltas(d_h, d_m, d_c, d_z)

    def d_m(self, s: Step, d_h: Numbers) -> Numbers:
        """h = R m."""
        return d_h if s.cell.R is None else np.asarray(d_h @ s.cell.R)

    def d_z_o(self, s: Step, d_m: Numbers) -> Numbers:
        """m = o ∘ output(c)."""
        return np.asarray(d_m * self.output_of_cell(s) * s.cell.gate.derivative(s.z[O]))

    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        """c_t feeds m, the output gate's peephole, and the next step."""
        d_c = d_c + d_m * s.o * s.cell.output.derivative(s.c)
        return d_c if s.cell.p is None else d_c + s.cell.peephole(O, d_z_o)

    def d_z_i(self, s: Step, d_c: Numbers) -> Numbers:
        """c_t = f ∘ c + i ∘ g; coupled, f = 1 − i moves with i."""
        through = s.g - s.c_prev if self.spec.coupled else s.g
        return np.asarray(d_c * through * s.cell.gate.derivative(s.z[I]))

    def d_z_f(self, s: Step, d_c: Numbers) -> Numbers:
        """c_t = f ∘ c + i ∘ g."""
        return np.asarray(d_c * s.c_prev * s.cell.gate.derivative(s.z[F]))

    def d_z_g(self, s: Step, d_c: Numbers) -> Numbers:
        """c_t = f ∘ c + i ∘ g."""
        return np.asarray(d_c * s.i * s.cell.candidate.derivative(s.z[G]))

    def output_of_cell(self, s: Step) -> Numbers:
        """output(c_t)."""
        return s.cell.squash(s.c)

    # What a step passes on.

    def d_x(self, s: Step, d: Deltas) -> Numbers:
        """x enters all gates: Σ_k W_kᵀ d_z_k."""
        return _sum_over_gates(d.z, s.cell.W)

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        """h_{t−1} enters all gates: Σ_k U_kᵀ d_z_k. `d_h` is what arrived from the next step."""
        return _carried(s, _sum_over_gates(d.z, s.cell.U), d_h)

    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        """c_{t−1} enters c_t and two peepholes. `d_c` is what arrived from the next step."""
        through = d.c * s.f
        if s.cell.p is not None:
            through = through + s.cell.peephole(I, d.z[I]) + s.cell.peephole(F, d.z[F])
        return _carried(s, through, d_c)

    # What a step adds to the parameters, summed over the batch.

    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        """This step's term of every parameter's gradient, by block."""
        terms = {"W": self.d_W(s, d), "U": self.d_U(s, d)}
        terms |= {name: self.d_b(s, d) for name in BIAS_BLOCKS[self.spec.bias]}
        if s.cell.p is not None:
            terms["p"] = self.d_p(s, d)
        if s.cell.R is not None:
            terms["R"] = self.d_R(s, d)
        return terms

    def d_W(self, s: Step, d: Deltas) -> Numbers:
        """z = W x + …: d_z xᵀ, (4, H, D)."""
        return _outer(d.z, s.x)

    def d_U(self, s: Step, d: Deltas) -> Numbers:
        """z = U h + …: d_z hᵀ, (4, H, P)."""
        return _outer(d.z, s.h_prev)

    def d_b(self, s: Step, d: Deltas) -> Numbers:
        """z = … + b: d_z, (4, H)."""
        return np.asarray(d.z.sum(1))

    def d_p(self, s: Step, d: Deltas) -> Numbers:
        """p_i and p_f read the old cell, p_o the new one; (3, H)."""
        found = np.empty_like(s.cell.p)
        for gate, c in ((I, s.c_prev), (F, s.c_prev), (O, s.c)):
            found[peephole_row(gate)] = (d.z[gate] * c).sum(0)
        return found

    def d_R(self, s: Step, d: Deltas) -> Numbers:
        """h = R m: d_h mᵀ, (P, H)."""
        return np.asarray(d.h.T @ s.m)


def _within(s: Step, gradient: Numbers) -> Numbers:
    return gradient if s.valid is None else np.where(s.valid, gradient, 0)


def _carried(s: Step, through_step: Numbers, unchanged: Numbers) -> Numbers:
    return through_step if s.valid is None else np.where(s.valid, through_step, unchanged)


def _sum_over_gates(d_z: Numbers, matrices: Numbers) -> Numbers:
    """Σ_k M_kᵀ d_z_k for row vectors: (4, B, H), (4, H, n) → (B, n)."""
    return np.asarray((d_z @ matrices).sum(0))


def _outer(d_z: Numbers, inputs: Numbers) -> Numbers:
    """Σ_batch d_z inputᵀ: (4, B, H), (B, n) → (4, H, n)."""
    return np.asarray(d_z.swapaxes(1, 2) @ inputs)
