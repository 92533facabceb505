"""An LSTM of equinox, of one layer: its cell takes one sequence."""

import equinox as eqx
import jax


def forward(params, x, h0, c0):
    made = eqx.nn.LSTMCell(x.shape[2], h0.shape[1], key=jax.random.key(0))
    names = ("weight_ih", "weight_hh", "bias")
    cell = eqx.tree_at(lambda own: [getattr(own, n) for n in names], made, [params[b] for b in "WUb"])

    def step(state, x):
        state = jax.vmap(cell)(x, state)
        return state, state[0]

    (h, c), y = jax.lax.scan(step, (h0, c0), x)
    return y, h, c
