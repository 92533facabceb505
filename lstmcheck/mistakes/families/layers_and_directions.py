"""Mistakes on the way between layers and directions."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Outputs, Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import (
    BIAS,
    BIDIRECTIONAL,
    LOSS_ON_HIDDEN,
    LOSS_ON_OUTPUTS,
    THREE_LAYERS,
    TWO_LAYERS,
    TWO_STEPS,
)

inputs = partial(row, "inputs")

CellGradients = tuple[Numbers, Numbers, Numbers]


class SecondDirectionReadsOverwritten(Backward):
    last_d_x: Numbers = np.zeros(0)

    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> CellGradients:
        passed = super().cell(key, d_y, d_h, d_c)
        self.last_d_x = passed[0]
        return passed

    def d_y_of_direction(self, d_y: Numbers, direction: int) -> Numbers:
        if direction == 0 or self.last_d_x.shape != d_y.shape:
            return super().d_y_of_direction(d_y, direction)
        return super().d_y_of_direction(self.last_d_x, direction)


class MiddleLayerLost(Backward):
    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        terms = super().parameter_terms(s, d)
        lost = 0 < s.cell.key[0] < self.spec.num_layers - 1
        return {block: 0 * term for block, term in terms.items()} if lost else terms


class LayersDetached(Backward):
    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> CellGradients:
        d_x, d_h0, d_c0 = super().cell(key, d_y, d_h, d_c)
        return 0 * d_x if key[0] else d_x, d_h0, d_c0


class ReverseFinalGradientAtTheLastStep(Backward):
    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> CellGradients:
        if key[1]:
            d_y, d_h = np.concatenate([d_y[:-1], d_y[-1:] + d_h]), 0 * d_h
        return super().cell(key, d_y, d_h, d_c)


class StatesInDirectionOrder(Backward):
    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        found = super().gradients(upstream)
        order = sorted(range(len(self.spec.cells)), key=lambda k: self.spec.cells[k][1])
        return found | {name: found[name][order] for name in ("h0", "c0")}


LAYERS_AND_DIRECTIONS = (
    inputs(
        "second-direction-reads-overwritten",
        "d_x of the first direction overwrites d_y before the second direction reads it",
        "d_y of the reverse direction = columns of d_x",
        "d_y of the reverse direction = its own columns of d_y",
        BIDIRECTIONAL,
        TWO_LAYERS,
        why="One buffer serves both to save memory.",
        seen="mxnet#18203",
        backward=SecondDirectionReadsOverwritten,
    ),
    inputs(
        "reverse-direction-not-added",
        "d_x of a layer comes from the forward direction alone",
        "d_x = d_x of one direction",
        "d_x = sum over both directions",
        BIDIRECTIONAL,
        why="The second result overwrites the first, or is dropped.",
        seen="mlpack#1742",
        d_x_of_layer=lambda b, right, d_x: right(d_x[:1]),
    ),
    inputs(
        "middle-layer-lost",
        "the layers between the first and the last get no gradient",
        "d_W = 0 and so on in layers 2 … L−1",
        "as in every other layer",
        THREE_LAYERS,
        why="The first and the last layer are special cases, and the loop over the others was forgotten.",
        seen="mxnet#17872",
        backward=MiddleLayerLost,
    ),
    inputs(
        "upper-layer-bias-zero",
        "the biases above the first layer get no gradient",
        "d_b = 0 in layers 2 … L",
        "d_b += d_z in every layer",
        BIAS,
        TWO_LAYERS,
        why="The offset of the upper layers' biases in one long vector is wrong.",
        seen="mxnet#18203",
        d_b=lambda b, right, s, d: right(s, d) * (s.cell.key[0] == 0),
    ),
    inputs(
        "layers-detached",
        "no gradient goes from a layer to the layer below",
        "d_y of the layer below = 0",
        "d_y of the layer below = d_x",
        TWO_LAYERS,
        why="Outputs are copied or detached between layers, which nothing in the forward pass shows.",
        backward=LayersDetached,
    ),
    inputs(
        "lower-final-gradients-ignored",
        "the gradients of the last states are used in the last layer only",
        "d_h = d_c = 0 at the end of every layer but the last",
        "d_h = ∂L/∂h_T, d_c = ∂L/∂c_T at the end of every layer",
        TWO_LAYERS,
        LOSS_ON_HIDDEN,
        why="The lower layers look as if they were read by the layers above them alone.",
        cell=lambda b, right, key, d_y, d_h, d_c: (
            right(key, d_y, d_h, d_c)
            if key[0] == b.spec.num_layers - 1
            else right(key, d_y, 0 * d_h, 0 * d_c)
        ),
    ),
    inputs(
        "directions-exchanged",
        "each direction gets the columns of d_y that are the other's",
        "d_y of the forward direction = last P columns",
        "d_y of the forward direction = first P columns",
        BIDIRECTIONAL,
        why="The outputs are put side by side in one order, and taken apart in the other.",
        d_y_of_direction=lambda b, right, d_y, direction: right(d_y, 1 - direction),
    ),
    inputs(
        "reverse-output-gradient-not-turned",
        "the reverse direction reads d_y from the first step to the last, as if it were turned round",
        "d_h += d_y[T−1−t]",
        "d_h += d_y[t]",
        BIDIRECTIONAL,
        TWO_STEPS,
        LOSS_ON_OUTPUTS,
        why="It runs on a reversed sequence, whose outputs are turned back and whose gradients are not.",
        d_y_of_direction=lambda b, right, d_y, direction: right(d_y[::-1] if direction else d_y, direction),
    ),
    inputs(
        "reverse-input-gradient-not-turned",
        "d_x of the reverse direction is added in the order in which it was computed",
        "d_x[t] + d_x of the reverse direction[T−1−t]",
        "d_x[t] + d_x of the reverse direction[t]",
        BIDIRECTIONAL,
        TWO_STEPS,
        why="It runs on a reversed sequence, whose gradient has to be turned back.",
        d_x_of_layer=lambda b, right, d_x: right([*d_x[:1], *(each[::-1] for each in d_x[1:])]),
    ),
    inputs(
        "reverse-final-gradient-at-the-last-step",
        "the gradient of the reverse direction's last h is added at step T−1, where it begins",
        "d_h at t = T−1",
        "d_h at t = 0, where it ends",
        BIDIRECTIONAL,
        TWO_STEPS,
        LOSS_ON_HIDDEN,
        why="The last step in time is the last of the forward direction only.",
        backward=ReverseFinalGradientAtTheLastStep,
    ),
    inputs(
        "states-in-direction-order",
        "the gradients of h0 and c0 come in the order of direction, then layer",
        "d_h0[direction · L + layer]",
        "d_h0[layer · directions + direction]",
        BIDIRECTIONAL,
        TWO_LAYERS,
        why="One direction is run through all layers in some libraries.",
        backward=StatesInDirectionOrder,
    ),
)
