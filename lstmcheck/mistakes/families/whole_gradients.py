"""Mistakes in the gradients as a whole: scaled, clipped, or with their gates in another order."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import reordered
from lstmcheck.mistakes.mistake import row
from lstmcheck.mistakes.needs import FORGET_GATE, TWO_SEQUENCES

parameters = partial(row, "parameters")


def _clipped(gradient: Numbers) -> Numbers:
    limit = np.abs(gradient).max() / 2
    return np.clip(gradient, -limit, limit)


WHOLE_GRADIENTS = (
    parameters(
        "scaled-parameter",
        "one block is multiplied by a constant factor, here U by one half",
        "½ d_U",
        "d_U",
        why="A loss weight, a learning rate or a mean got into one line.",
        seen="Ipopt#487, caffe#6814",
        d_U=lambda b, right, s, d: right(s, d) / 2,
    ),
    parameters(
        "clipped-inside",
        "gradients are clipped before they are returned",
        "clip(d_W, −m, m), here m = half of the largest entry",
        "d_W",
        why="Clipping belongs to training and was put where the gradient is made.",
        seen="a university notebook, hipsternet",
        gradients=lambda b, right, upstream: {
            name: _clipped(found) for name, found in right(upstream).items()
        },
    ),
    parameters(
        "averaged-loss-factor",
        "the gradient is averaged over the batch and the loss is not, or the other way",
        "1/B ∂L/∂θ",
        "∂L/∂θ",
        TWO_SEQUENCES,
        why="The mean was taken in one of two places that must agree.",
        seen="a university notebook",
        gradients=lambda b, right, upstream: {
            name: gradient / upstream.y.shape[1] for name, gradient in right(upstream).items()
        },
    ),
    parameters(
        "gate-order-in-backward",
        "the forward pass has the order i, f, g, o and the backward pass i, f, o, g",
        "d_z = [d_z_i, d_z_f, d_z_o, d_z_g]",
        "d_z = [d_z_i, d_z_f, d_z_g, d_z_o]",
        why="Libraries disagree about the order, and two sources were combined.",
        deltas=lambda b, right, *given: reordered(right(*given), [I, F, O, G]),
    ),
    parameters(
        "gate-order-in-backward-if",
        "the forward pass has the order i, f, g, o and the backward pass f, i, g, o",
        "d_z = [d_z_f, d_z_i, d_z_g, d_z_o]",
        "d_z = [d_z_i, d_z_f, d_z_g, d_z_o]",
        FORGET_GATE,
        why="Libraries disagree about the order, and two sources were combined.",
        deltas=lambda b, right, *given: reordered(right(*given), [F, I, G, O]),
    ),
)
