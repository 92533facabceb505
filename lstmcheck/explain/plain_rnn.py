"""The plain network beside which an LSTM is shown: h_t = tanh(V x_t + Q h_{t−1} + a)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmcheck.lstm.cell import Cell
from lstmcheck.lstm.gates import G
from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.types import Floats


def plain_jacobians(cell: Cell, x: Floats, seed: int) -> Iterator[Floats]:
    """∂h_t/∂h_{t−1} = diag(1 − h_t²) Q of each step, last first, (B, H, H).

    It reads the same x (T, B, D), has as many units, and starts from zero. Its weights are drawn with the
    standard deviation that the candidate's W, U and b have in the LSTM.
    """
    size, random = cell.W.shape[1], generator(seed, "plain rnn")

    def drawn(like: Floats, *shape: int) -> Floats:
        return np.asarray(np.sqrt(np.mean(like**2)) * random.standard_normal(shape))

    V, Q = drawn(cell.W[G], size, cell.W.shape[2]), drawn(cell.U[G], size, size)
    bias = np.zeros(size) if cell.b is None else drawn(cell.b[G], size)
    states = [np.zeros((x.shape[1], size))]
    for now in x:
        states.append(np.tanh(now @ V.T + states[-1] @ Q.T + bias))
    for h in reversed(states[1:]):
        yield (1 - h**2)[..., None] * Q
