"""An LSTM with a loss of its own, for those whose backward pass begins at the loss.

The loss is half the mean squared distance of the outputs to a fixed signal, and half the mean squares of the
last h and the last c. Weights as in torch: the gates i, f, g, o one below the other in W (4H, D), U (4H, H),
b (4H).
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def wanted(shape):
    """A signal that no two steps, sequences or units share."""
    return np.cos(np.arange(np.prod(shape))).reshape(shape)


def recurrent_gradient(d_z, hs, t):
    """What step t adds to the gradient of U (4H, H), which it multiplies with the h before it: hs[t]."""
    return d_z.T @ hs[t]


def loss_and_grads(params, x, h0, c0):
    """x (T, B, D), h0 and c0 (B, H) → the loss, and its gradients by the names of params, x, h0 and c0."""
    W, U, b = params["W"], params["U"], params["b"]

    hs, cs, gates = [h0], [c0], []
    for x_t in x:
        z_i, z_f, z_g, z_o = np.split(x_t @ W.T + hs[-1] @ U.T + b, 4, axis=1)
        i, f, g, o = sigmoid(z_i), sigmoid(z_f), np.tanh(z_g), sigmoid(z_o)
        cs.append(f * cs[-1] + i * g)
        hs.append(o * np.tanh(cs[-1]))
        gates.append((i, f, g, o))

    y, h_T, c_T = np.stack(hs[1:]), hs[-1], cs[-1]
    error = y - wanted(y.shape)
    loss = 0.5 * np.mean(error**2) + 0.5 * np.mean(h_T**2) + 0.5 * np.mean(c_T**2)
    d_y = error / error.size
    d_h = h_T / h_T.size
    d_c = c_T / c_T.size

    d_W, d_U, d_b, d_x = 0, 0, 0, []
    for t in reversed(range(len(x))):
        i, f, g, o = gates[t]
        c_prev, c = cs[t], cs[t + 1]
        d_h = d_h + d_y[t]
        d_c = d_c + d_h * o * (1 - np.tanh(c) ** 2)
        d_i = d_c * g
        d_f = d_c * c_prev
        d_g = d_c * i
        d_o = d_h * np.tanh(c)
        d_z = np.hstack([d_i * i * (1 - i), d_f * f * (1 - f), d_g * (1 - g**2), d_o * o * (1 - o)])
        d_W = d_W + d_z.T @ x[t]
        d_U = d_U + recurrent_gradient(d_z, hs, t)
        d_b = d_b + d_z.sum(axis=0)
        d_x.append(d_z @ W)
        d_h = d_z @ U
        d_c = d_c * f
    return loss, {"W": d_W, "U": d_U, "b": d_b, "x": np.stack(d_x[::-1]), "h0": d_h, "c0": d_c}
