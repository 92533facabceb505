"""One layer of LSTM over a whole sequence, time-major, and its backward pass.

Row vectors; B sequences, D inputs and H units wide. The gates i, f, g, o are stacked one below the other, as
in torch: W (4H, D), U (4H, H), b (4H).
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(params, x, h0, c0):
    """x (T, B, D), h0 and c0 (B, H) → y (T, B, H), the last h and c, and what `backward` reads."""
    W, U, b = params["W"], params["U"], params["b"]
    h, c = h0, c0
    y, steps = [], []
    for x_t in x:
        h_prev, c_prev = h, c
        z_i, z_f, z_g, z_o = np.split(x_t @ W.T + h_prev @ U.T + b, 4, axis=1)
        i, f, g, o = sigmoid(z_i), sigmoid(z_f), np.tanh(z_g), sigmoid(z_o)
        c = f * c_prev + i * g
        h = o * np.tanh(c)
        y.append(h)
        steps.append((h_prev, c_prev, i, f, g, o, c))
    return np.stack(y), h, c, (params, x, steps)


def carried(d_c, f):
    """The gradient of c after a step, (B, H) → what of it reaches the c before, through the forget gate."""
    return d_c * f


def backward(d_y, d_h, d_c, cache):
    """d_y (T, B, H), d_h and d_c (B, H) of the last states → the gradients of params, x, h0 and c0."""
    params, x, steps = cache
    W, U, b = params["W"], params["U"], params["b"]
    d_W, d_U, d_b, d_x = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b), np.zeros_like(x)
    for t in reversed(range(len(steps))):
        h_prev, c_prev, i, f, g, o, c = steps[t]
        tanh_c = np.tanh(c)
        d_h = d_h + d_y[t]
        d_c = d_c + d_h * o * (1 - tanh_c**2)
        d_z_i = d_c * g * i * (1 - i)
        d_z_f = d_c * c_prev * f * (1 - f)
        d_z_g = d_c * i * (1 - g**2)
        d_z_o = d_h * tanh_c * o * (1 - o)
        d_z = np.concatenate([d_z_i, d_z_f, d_z_g, d_z_o], axis=1)
        d_W += d_z.T @ x[t]
        d_U += d_z.T @ h_prev
        d_b += d_z.sum(axis=0)
        d_x[t] = d_z @ W
        d_h = d_z @ U
        d_c = carried(d_c, f)
    return {"W": d_W, "U": d_U, "b": d_b, "x": d_x, "h0": d_h, "c0": d_c}
