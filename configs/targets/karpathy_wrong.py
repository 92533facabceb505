"""An LSTM over a whole batch of sequences whose weights and biases are one matrix.

n steps, b sequences, d units. WLSTM (1 + input_size + d, 4 d) is multiplied from the left by [1, x, h], so
that the bias is its first row. The gates i, f, o, g are side by side in its columns.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class LSTM:
    @staticmethod
    def forward(X, WLSTM, c0=None, h0=None):
        """X (n, b, input_size), c0 and h0 (b, d) or zero → Hout (n, b, d), the last c and h, and a cache."""
        d = WLSTM.shape[1] // 4
        bias = np.ones((X.shape[1], 1))
        c = np.zeros((X.shape[1], d)) if c0 is None else c0
        h = np.zeros((X.shape[1], d)) if h0 is None else h0
        Hout, steps = [], []
        for x in X:
            prev_c, joined = c, np.hstack([bias, x, h])
            zi, zf, zo, zg = np.split(joined @ WLSTM, 4, axis=1)
            i, f, o, g = sigmoid(zi), sigmoid(zf), sigmoid(zo), np.tanh(zg)
            c = f * prev_c + i * g
            h = o * np.tanh(c)
            Hout.append(h)
            steps.append((joined, prev_c, i, f, o, g, c))
        return np.stack(Hout), c, h, (WLSTM, X, steps)

    @staticmethod
    def backward(dHout, cache, dcn=None, dhn=None):
        """dHout (n, b, d), dcn and dhn (b, d) or zero → the gradients of X, WLSTM, c0 and h0."""
        WLSTM, X, steps = cache
        dc = np.zeros_like(dHout[0])
        dh = np.zeros_like(dHout[0]) if dhn is None else dhn
        dX, dWLSTM = np.zeros_like(X), np.zeros_like(WLSTM)
        for t in reversed(range(len(steps))):
            joined, prev_c, i, f, o, g, c = steps[t]
            tanh_c = np.tanh(c)
            dh = dh + dHout[t]
            dc = dc + dh * o * (1 - tanh_c**2)
            dzi = dc * g * i * (1 - i)
            dzf = dc * prev_c * f * (1 - f)
            dzo = dh * tanh_c * o * (1 - o)
            dzg = dc * i * (1 - g**2)
            dz = np.hstack([dzi, dzf, dzo, dzg])
            dWLSTM += joined.T @ dz
            djoined = dz @ WLSTM.T
            _, dX[t], dh = np.split(djoined, [1, 1 + X.shape[2]], axis=1)
            dc = dc * f
        return dX, dWLSTM, dc, dh
