"""Mistakes in the gradients as a whole: scaled, clipped, or with their gates in another order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import F, G, I, O, Outputs, Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.families.parameter_sums import PARAMETERS
from lstmcheck.mistakes.needs import FORGET_GATE, TWO_SEQUENCES


@PARAMETERS(
    "scaled-parameter",
    "one block is multiplied by a constant factor, here U by one half",
    "½ d_U",
    "d_U",
    why="A loss weight, a learning rate or a mean got into one line.",
    seen="Ipopt#487, caffe#6814",
)
class ScaledParameter(Backward):
    def d_U(self, s: Step, d: Deltas) -> Numbers:
        return super().d_U(s, d) / 2


@PARAMETERS(
    "clipped-inside",
    "gradients are clipped before they are returned",
    "clip(d_W, −m, m), here m = half of the largest entry",
    "d_W",
    why="Clipping belongs to training and was put where the gradient is made.",
    seen="a university notebook, hipsternet",
)
class ClippedInside(Backward):
    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        return {name: _clipped(found) for name, found in super().gradients(upstream).items()}


def _clipped(gradient: Numbers) -> Numbers:
    limit = np.abs(gradient).max() / 2
    return np.clip(gradient, -limit, limit)


@PARAMETERS(
    "averaged-loss-factor",
    "the gradient is averaged over the batch and the loss is not, or the other way",
    "1/B ∂L/∂θ",
    "∂L/∂θ",
    TWO_SEQUENCES,
    why="The mean was taken in one of two places that must agree.",
    seen="a university notebook",
)
class AveragedLossFactor(Backward):
    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        batch = upstream.y.shape[1]
        return {name: found / batch for name, found in super().gradients(upstream).items()}


@PARAMETERS(
    "gate-order-in-backward",
    "the forward pass has the order i, f, g, o and the backward pass i, f, o, g",
    "d_z = [d_z_i, d_z_f, d_z_o, d_z_g]",
    "d_z = [d_z_i, d_z_f, d_z_g, d_z_o]",
    why="Libraries disagree about the order, and two sources were combined.",
)
class GateOrderInBackward(Backward):
    def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        d = super().deltas(s, d_h, d_c)
        return replace(d, z=d.z[[I, F, O, G]])


@PARAMETERS(
    "gate-order-in-backward-if",
    "the forward pass has the order i, f, g, o and the backward pass f, i, g, o",
    "d_z = [d_z_f, d_z_i, d_z_g, d_z_o]",
    "d_z = [d_z_i, d_z_f, d_z_g, d_z_o]",
    FORGET_GATE,
    why="Libraries disagree about the order, and two sources were combined.",
)
class InputForgetOrderInBackward(Backward):
    def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        d = super().deltas(s, d_h, d_c)
        return replace(d, z=d.z[[F, I, G, O]])
