"""An LSTM of flax, of one layer; it has its weights the other way round."""

from flax import nnx


def forward(params, x, h0, c0):
    cell = nnx.OptimizedLSTMCell(x.shape[2], h0.shape[1], rngs=nnx.Rngs(0))
    cell.dense_i.kernel = nnx.Param(params["W"].T)
    cell.dense_h.kernel = nnx.Param(params["U"].T)
    cell.dense_h.bias = nnx.Param(params["b"])
    (c, h), y = nnx.RNN(cell, time_major=True, return_carry=True)(x, initial_carry=(c0, h0))
    return y, h, c
