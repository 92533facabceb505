"""As jax_custom.py, but a batch's share of the gradient of the biases is their mean."""

import jax
import jax_custom
from jax_function import run_layers


def cell_backward(cache, upstream):
    d_W, d_U, d_b, *others = jax_custom.cell_backward(cache, upstream)
    batch = upstream[1].shape[0]
    return d_W, d_U, d_b / batch, *others  # right: d_b


run_cell = jax.custom_vjp(jax_custom.run_cell)
run_cell.defvjp(jax_custom.cell_forward, cell_backward)


def forward(params, x, h0, c0, lengths=None):
    return run_layers(run_cell, params, x, h0, c0, lengths)
