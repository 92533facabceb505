"""Layers of LSTM in both directions over sequences of their own lengths, for jax; jax finds the gradients.

B sequences, at most T steps, time-major. A layer reads what the layer below puts out, both directions side by
side. Its parameters are called W_l0, U_l0, b_l0 and W_l0_reverse …, those of a single cell W, U, b; the gates
i, f, g, o are one below the other. States have the cells in front, in the order of layer, then direction.
"""

from functools import partial

import jax
import jax.numpy as jnp


def run_cell(W, U, b, x, h0, c0, inside):
    """One cell over x (T, B, D). Where a sequence has ended, its h and c stay and its output is 0."""

    def step(carry, now):
        h, c = carry
        x_t, is_inside = now
        z_i, z_f, z_g, z_o = jnp.split(x_t @ W.T + h @ U.T + b, 4, axis=1)
        c_t = jax.nn.sigmoid(z_f) * c + jax.nn.sigmoid(z_i) * jnp.tanh(z_g)
        h_t = jax.nn.sigmoid(z_o) * jnp.tanh(c_t)
        h, c = jnp.where(is_inside, h_t, h), jnp.where(is_inside, c_t, c)
        return (h, c), jnp.where(is_inside, h, 0)

    (h, c), y = jax.lax.scan(step, (h0, c0), (x, inside))
    return y, h, c


def run_reversed(run, W, U, b, x, h0, c0, inside):
    """The same from the last step to the first: what lies behind a sequence's end changes nothing."""
    y, h, c = run(W, U, b, x[::-1], h0, c0, inside[::-1])
    return y[::-1], h, c


def cells_of(params):
    """The cells by layer: [["_l0", "_l0_reverse"], ["_l1", "_l1_reverse"]], or [[""]] of one cell."""
    cells = [name.removeprefix("W") for name in params if name.startswith("W")]
    forward = sorted(cell for cell in cells if not cell.endswith("_reverse"))
    return [[cell for cell in (each, f"{each}_reverse") if cell in cells] for each in forward]


def inside_of(x, lengths):
    """Whether a step (T, B, 1) lies within its sequence."""
    T, B, _ = x.shape
    lengths = jnp.full(B, T) if lengths is None else lengths
    return jnp.arange(T)[:, None, None] < lengths[:, None]


def run_layers(run, params, x, h0, c0, lengths=None):
    """x (T, B, D) → y (T, B, directions·H), and the last h and c of every cell. `run` runs one of them."""
    count = sum(map(len, cells_of(params)))
    h0, c0 = (states.reshape(count, *states.shape[-2:]) for states in (h0, c0))
    inside, h_T, c_T = inside_of(x, lengths), [], []
    for layer in cells_of(params):
        ys = []
        for cell in layer:
            both = partial(run_reversed, run) if cell.endswith("_reverse") else run
            W, U, b = (params[block + cell] for block in "WUb")
            y, h, c = both(W, U, b, x, h0[len(h_T)], c0[len(h_T)], inside)
            ys.append(y)
            h_T.append(h)
            c_T.append(c)
        x = jnp.concatenate(ys, axis=2)
    h_T, c_T = (jnp.stack(states) if count > 1 else states[0] for states in (h_T, c_T))
    return x, h_T, c_T


def forward(params, x, h0, c0, lengths=None):
    return run_layers(run_cell, params, x, h0, c0, lengths)
