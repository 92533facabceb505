"""Layers of LSTM in both directions over sequences of their own lengths, time-major, and the backward pass.

B sequences, at most T steps. A layer reads what the layer below puts out, both directions side by side. Its
parameters are called W_l0, U_l0, b_l0 and W_l0_reverse …; the gates i, f, g, o are one below the other, as in
torch. States have the cells in front, in the order of layer, then direction: h0 and c0 (cells, B, H).
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cells_of(params):
    """The cells by layer: [["l0", "l0_reverse"], ["l1", "l1_reverse"]]."""
    names = [name[2:] for name in params if name.startswith("W_")]
    layers = max(int(name[1:].removesuffix("_reverse")) for name in names) + 1
    return [[cell for cell in (f"l{k}", f"l{k}_reverse") if cell in names] for k in range(layers)]


def cell_forward(W, U, b, x, h, c, inside, times):
    """One cell over the steps `times`. Where a sequence has ended, its h and c stay and its output is 0."""
    y, steps = np.zeros((len(x), *h.shape), h.dtype), []
    for t in times:
        h_prev, c_prev = h, c
        z_i, z_f, z_g, z_o = np.split(x[t] @ W.T + h_prev @ U.T + b, 4, axis=1)
        i, f, g, o = sigmoid(z_i), sigmoid(z_f), np.tanh(z_g), sigmoid(z_o)
        c_t = f * c_prev + i * g
        steps.append((t, h_prev, c_prev, i, f, g, o, c_t))
        h = np.where(inside[t], o * np.tanh(c_t), h_prev)
        c = np.where(inside[t], c_t, c_prev)
        y[t] = np.where(inside[t], h, 0)
    return y, h, c, (W, U, x, inside, steps)


def cell_backward(d_y, d_h, d_c, cache):
    """Its gradients: of W, U and b, of what it reads, of the h and c that it begins with."""
    W, U, x, inside, steps = cache
    d_W, d_U, d_b, d_x = np.zeros_like(W), np.zeros_like(U), np.zeros(len(W), W.dtype), np.zeros_like(x)
    for t, h_prev, c_prev, i, f, g, o, c_t in reversed(steps):
        tanh_c = np.tanh(c_t)
        d_h_t = np.where(inside[t], d_y[t] + d_h, 0)
        d_c_t = np.where(inside[t], d_c, 0) + d_h_t * o * (1 - tanh_c**2)
        d_z_i = d_c_t * g * i * (1 - i)
        d_z_f = d_c_t * c_prev * f * (1 - f)
        d_z_g = d_c_t * i * (1 - g**2)
        d_z_o = d_h_t * tanh_c * o * (1 - o)
        d_z = np.concatenate([d_z_i, d_z_f, d_z_g, d_z_o], axis=1)
        d_W += d_z.T @ x[t]
        d_U += d_z.T @ h_prev
        d_b += d_z.sum(axis=0)
        d_x[t] = d_z @ W
        d_h = np.where(inside[t], d_z @ U, d_h)
        d_c = np.where(inside[t], d_c_t * f, d_c)
    return {"W": d_W, "U": d_U, "b": d_b}, d_x, d_h, d_c


def forward(params, x, h0, c0, lengths):
    """x (T, B, D), lengths (B,) → y (T, B, directions·H), the last h and c of every cell, and a cache."""
    times = range(len(x))
    inside = np.arange(len(x))[:, None, None] < lengths[:, None]
    h_T, c_T, caches = [], [], []
    for layer in cells_of(params):
        ys = []
        for cell in layer:
            W, U, b = (params[f"{block}_{cell}"] for block in "WUb")
            order = times[::-1] if cell.endswith("reverse") else times
            k = len(caches)
            y, h, c, cache = cell_forward(W, U, b, x, h0[k], c0[k], inside, order)
            ys.append(y)
            h_T.append(h)
            c_T.append(c)
            caches.append(cache)
        x = np.concatenate(ys, axis=2)
    return x, np.stack(h_T), np.stack(c_T), (cells_of(params), caches)


def added(d_xs):
    """The gradient of what a layer reads, out of those of its directions: both of them read it."""
    return sum(d_xs)


def backward(d_y, d_h, d_c, cache):
    """d_y (T, B, directions·H), d_h and d_c (cells, B, H) → the gradients of params, x, h0 and c0."""
    layers, caches = cache
    found, d_h0, d_c0, k = {}, np.zeros_like(d_h), np.zeros_like(d_c), len(caches)
    for layer in reversed(layers):
        k -= len(layer)
        d_xs = []
        for n, d_own in enumerate(np.split(d_y, len(layer), axis=2)):
            grads, d_x, d_h0[k + n], d_c0[k + n] = cell_backward(d_own, d_h[k + n], d_c[k + n], caches[k + n])
            found |= {f"{block}_{layer[n]}": grad for block, grad in grads.items()}
            d_xs.append(d_x)
        d_y = added(d_xs)
    return found | {"x": d_y, "h0": d_h0, "c0": d_c0}
