"""Mistakes in the gradients of inputs and states, and on the way between layers and directions."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import CellKey, F, G, I, O, Outputs, Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.families.alterations import inside, only_gates, read_transposed
from lstmcheck.mistakes.mistake import Family
from lstmcheck.mistakes.needs import (
    BIAS,
    BIDIRECTIONAL,
    FORGET_GATE,
    MATRIX,
    THREE_LAYERS,
    TWO_LAYERS,
)

INPUTS = Family("inputs")
CellGradients = tuple[Numbers, Numbers, Numbers]
LETTERS = "ifgo"


def _from_one_gate(gate: int) -> type[Backward]:
    class FromOneGate(Backward):
        def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
            return super().d_h_prev(s, only_gates(d, [gate]), d_h)

    return FromOneGate


for _gate, _letter in enumerate(LETTERS):
    INPUTS(
        f"hidden-from-one-gate-{_letter}",
        f"d_h of the previous step is taken from gate {_letter} alone",
        f"d_h = U_{_letter}ᵀ d_z_{_letter}",
        "d_h = Σ_k U_kᵀ d_z_k",
        *([FORGET_GATE] if _gate == F else []),
        why="The derivation was done for one gate, and h looks as if it were the same in all.",
        seen="the question that the derivation begins with",
    )(_from_one_gate(_gate))


@INPUTS(
    "hidden-without-candidate",
    "the candidate is missing in the sum for d_h",
    "d_h = Σ_{i,f,o} U_kᵀ d_z_k",
    "d_h = Σ_{i,f,g,o} U_kᵀ d_z_k",
    why="The candidate is no gate, and the sum is over the gates.",
)
class HiddenWithoutCandidate(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return super().d_h_prev(s, only_gates(d, [I, F, O]), d_h)


@INPUTS(
    "hidden-without-output-gate",
    "the output gate is missing in the sum for d_h",
    "d_h = Σ_{i,f,g} U_kᵀ d_z_k",
    "d_h = Σ_{i,f,g,o} U_kᵀ d_z_k",
    why="The output gate is not in the equation of the cell state.",
)
class HiddenWithoutOutputGate(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return super().d_h_prev(s, only_gates(d, [I, F, G]), d_h)


@INPUTS(
    "recurrent-weights-not-transposed",
    "the recurrent weights are not transposed on the way back",
    "d_h = Σ_k U_k d_z_k",
    "d_h = Σ_k U_kᵀ d_z_k",
    MATRIX,
    why="U is square, so both products fit.",
)
class RecurrentWeightsNotTransposed(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        cell = copy(s.cell)
        cell.U = np.stack([read_transposed(U) for U in cell.U])
        return super().d_h_prev(s._replace(cell=cell), d, d_h)


@INPUTS(
    "joined-split-wrong",
    "the gradient of [x, h] is split as if it were [h, x]",
    "d_h = first P columns, d_x = last D",
    "d_x = first D columns, d_h = last P",
    why="The weights are joined as [W U] in one place and as [U W] in the other.",
    seen="hipsternet b6e79b7",
)
class JoinedSplitWrong(Backward):
    def d_x(self, s: Step, d: Deltas) -> Numbers:
        h = super().d_h_prev(s._replace(valid=None), d, d.h)
        return np.concatenate([super().d_x(s, d), h], axis=1)[:, h.shape[1] :]

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        h = super().d_h_prev(s._replace(valid=None), d, d_h)
        joined = np.concatenate([super().d_x(s, d), h], axis=1)
        return inside(s, joined[:, : h.shape[1]], d_h)


@INPUTS(
    "input-without-output-gate",
    "the output gate is missing in the sum for d_x",
    "d_x = Σ_{i,f,g} W_kᵀ d_z_k",
    "d_x = Σ_{i,f,g,o} W_kᵀ d_z_k",
    why="The output gate is not in the equation of the cell state.",
)
class InputWithoutOutputGate(Backward):
    def d_x(self, s: Step, d: Deltas) -> Numbers:
        return super().d_x(s, only_gates(d, [I, F, G]))


@INPUTS(
    "input-other-gate-order",
    "d_x is summed with the weights in the order i, f, o, g",
    "d_x = … + W_oᵀ d_z_g + W_gᵀ d_z_o",
    "d_x = … + W_gᵀ d_z_g + W_oᵀ d_z_o",
    why="The stacked weights of another library were used in one place.",
)
class InputOtherGateOrder(Backward):
    def d_x(self, s: Step, d: Deltas) -> Numbers:
        cell = copy(s.cell)
        cell.W = cell.W[[I, F, O, G]]
        return super().d_x(s._replace(cell=cell), d)


@INPUTS(
    "initial-hidden-zero",
    "the gradient of h0 is returned as zero",
    "d_h0 = 0",
    "d_h0 = d_h after the first step",
    why="Initial states are zero in training, so nobody asks for their gradient.",
    seen="Flux#2185",
)
class InitialHiddenZero(Backward):
    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        found = super().gradients(upstream)
        return found | {"h0": 0 * found["h0"]}


@INPUTS(
    "initial-cell-zero",
    "the gradient of c0 is returned as zero",
    "d_c0 = 0",
    "d_c0 = d_c after the first step",
    why="Initial states are zero in training, so nobody asks for their gradient.",
    seen="Flux#2185",
)
class InitialCellZero(Backward):
    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        found = super().gradients(upstream)
        return found | {"c0": 0 * found["c0"]}


@INPUTS(
    "second-direction-reads-overwritten",
    "d_x of the first direction overwrites d_y before the second direction reads it",
    "d_y of the reverse direction = columns of d_x",
    "d_y of the reverse direction = its own columns of d_y",
    BIDIRECTIONAL,
    TWO_LAYERS,
    why="One buffer serves both to save memory.",
    seen="mxnet#18203",
)
class SecondDirectionReadsOverwritten(Backward):
    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> CellGradients:
        passed = super().cell(key, d_y, d_h, d_c)
        self.last_d_x = passed[0]
        return passed

    def d_y_of_direction(self, d_y: Numbers, direction: int) -> Numbers:
        if direction == 0 or self.last_d_x.shape != d_y.shape:
            return super().d_y_of_direction(d_y, direction)
        return super().d_y_of_direction(self.last_d_x, direction)


@INPUTS(
    "reverse-direction-not-added",
    "d_x of a layer comes from the forward direction alone",
    "d_x = d_x of one direction",
    "d_x = sum over both directions",
    BIDIRECTIONAL,
    why="The second result overwrites the first, or is dropped.",
    seen="mlpack#1742",
)
class ReverseDirectionNotAdded(Backward):
    def d_x_of_layer(self, d_x: Sequence[Numbers]) -> Numbers:
        return super().d_x_of_layer(d_x[:1])


@INPUTS(
    "middle-layer-lost",
    "the layers between the first and the last get no gradient",
    "d_W = 0 and so on in layers 2 … L−1",
    "as in every other layer",
    THREE_LAYERS,
    why="The first and the last layer are special cases, and the loop over the others was forgotten.",
    seen="mxnet#17872",
)
class MiddleLayerLost(Backward):
    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        terms = super().parameter_terms(s, d)
        lost = 0 < s.cell.key[0] < self.spec.num_layers - 1
        return {block: 0 * term for block, term in terms.items()} if lost else terms


@INPUTS(
    "upper-layer-bias-zero",
    "the biases above the first layer get no gradient",
    "d_b = 0 in layers 2 … L",
    "d_b += d_z in every layer",
    BIAS,
    TWO_LAYERS,
    why="The offset of the upper layers' biases in one long vector is wrong.",
    seen="mxnet#18203",
)
class UpperLayerBiasZero(Backward):
    def d_b(self, s: Step, d: Deltas) -> Numbers:
        return super().d_b(s, d) * (s.cell.key[0] == 0)
