"""Targets of the plain protocol whose backward pass is right, for a forward pass of another convention."""

from __future__ import annotations

from string import Template
from typing import Literal, get_args

from lstmcheck.conventions.table import Joined, Weights

Variant = Literal[
    "none",
    "no-output-tanh",
    "coupled",
    "peepholes-ignored",
    "initial-state-ignored",
    "hard-sigmoid",
    "states-swapped",
    "batch-first",
    "time-reversed",
]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

SOURCE = Template('''"""An LSTM over a whole sequence, and its backward pass."""

import numpy as np


def gate(z):
    return $gate


def tanh_slope(tanh):
    return 1 - tanh**2


def forward(params, x, h0, c0):
    W, U, b = matrices(params, x.shape[-1], h0.shape[-1])
    h, c = $start
    y, steps = [None] * x.shape[$time], []
    for t in $times:
        h_prev, c_prev = h, c
        $letters = np.split($x_t @ W + h_prev @ U + b, 4, axis=1)
        i, g, o = gate(z_i), np.tanh(z_g), gate(z_o)
        f = $forget
        c = f * c_prev + i * g
        y[t] = h = o * $output
        steps.append((t, h_prev, c_prev, i, f, g, o, c))
    return np.stack(y, axis=$time), $states, (params, x, steps)


def backward(d_y, $d_states, cache):
    params, x, steps = cache
    W, U, b = matrices(params, x.shape[-1], d_h.shape[-1])
    d_W, d_U, d_b, d_x = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b), np.zeros_like(x)
    for t, h_prev, c_prev, i, f, g, o, c in reversed(steps):
        d_h = d_h + $d_y_t
        d_c = d_c + d_h * o * $output_slope
        d_z_i = d_c * $through_i * $i_slope
        d_z_f = $d_z_f
        d_z_g = d_c * i * tanh_slope(g)
        d_z_o = d_h * $output * $o_slope
        d_z = np.concatenate([$d_letters], axis=1)
        d_W += $x_t.T @ d_z
        d_U += h_prev.T @ d_z
        d_b += d_z.sum(axis=0)
        $x_t_of_d = d_z @ W.T
        d_h = d_z @ U.T
        d_c = d_c * f
    found = $returned | {"b": d_b, "x": d_x, "h0": $d_h0, "c0": $d_c0}
    return found | $ignored


def matrices(params, D, H):
    """W (D, 4H), U (H, 4H), b (4H)."""
    $read
    return W, U, params["b"]
''')


def source(
    *,
    gates: str = "ifgo",
    weights: Weights = "rows",
    joined: Joined = "none",
    forget_offset: float = 0.0,
    variant: Variant = "none",
) -> str:
    """A target that has this order of gates and this layout, and departs from an LSTM in one way.

    Its params are those of a `Convention` of the same fields: W (4H, D), U (4H, H) and b (4H) as in torch,
    W (D, 4H) and U (H, 4H) with columns, and W over [x, h] or [h, x] and no U where they are joined. With
    `batch-first` x is read as (B, T, D) and y is (B, T, H): given time-major arrays it only runs where B = T.
    """
    assert sorted(gates) == sorted("ifgo"), f"not an order of the gates i, f, g, o: {gates}"
    assert joined != "bxh", "the plain protocol with its own bias has no row for it in W"
    return SOURCE.substitute(
        _equations(variant, forget_offset)
        | _directions(variant)
        | _states(variant)
        | _layout(weights, joined),
        letters=", ".join(f"z_{k}" for k in gates),
        d_letters=", ".join(f"d_z_{k}" for k in gates),
    )


def _equations(variant: Variant, forget_offset: float) -> dict[str, str]:
    coupled, linear, hard = (variant == name for name in ("coupled", "no-output-tanh", "hard-sigmoid"))
    slope = "np.where(({0} > 0) & ({0} < 1), 0.2, 0)" if hard else "{0} * (1 - {0})"
    # The comparison with real parts lets a complex step through.
    ramp = "np.where(np.abs(z.real) < 2.5, 0.2 * z + 0.5, z.real > 0)"
    return {
        "gate": ramp if hard else "1 / (1 + np.exp(-z))",
        "forget": "1 - i" if coupled else f"gate(z_f + {forget_offset})" if forget_offset else "gate(z_f)",
        "through_i": "(g - c_prev)" if coupled else "g",
        "d_z_f": "np.zeros_like(f)" if coupled else f"d_c * c_prev * {slope.format('f')}",
        "i_slope": slope.format("i"),
        "o_slope": slope.format("o"),
        "output": "c" if linear else "np.tanh(c)",
        "output_slope": "1" if linear else "tanh_slope(np.tanh(c))",
    }


def _directions(variant: Variant) -> dict[str, str]:
    batch_first = variant == "batch-first"
    at_t = "[:, t]" if batch_first else "[t]"
    times = f"range(x.shape[{int(batch_first)}])"
    return {
        "time": str(int(batch_first)),
        "times": f"reversed({times})" if variant == "time-reversed" else times,
        "x_t": f"x{at_t}",
        "d_y_t": f"d_y{at_t}",
        "x_t_of_d": f"d_x{at_t}",
    }


def _states(variant: Variant) -> dict[str, str]:
    swapped, from_zero = variant == "states-swapped", variant == "initial-state-ignored"
    return {
        "start": "np.zeros_like(h0), np.zeros_like(c0)" if from_zero else "h0, c0",
        "states": "c, h" if swapped else "h, c",
        "d_states": "d_c, d_h" if swapped else "d_h, d_c",
        "d_h0": "0 * d_h" if from_zero else "d_h",
        "d_c0": "0 * d_c" if from_zero else "d_c",
        "ignored": '{"p": np.zeros_like(params["p"])}' if variant == "peepholes-ignored" else "{}",
    }


def _layout(weights: Weights, joined: Joined) -> dict[str, str]:
    turned = ".T" if weights == "rows" else ""
    if joined == "none":
        return {
            "read": f'W, U = params["W"]{turned}, params["U"]{turned}',
            "returned": f'{{"W": d_W{turned}, "U": d_U{turned}}}',
        }
    order, first = ("W, U", "D") if joined == "xh" else ("U, W", "H")
    d_order = ", ".join(f"d_{name}" for name in order.split(", "))
    return {
        "read": f'{order} = np.split(params["W"]{turned}, [{first}])',
        "returned": f'{{"W": np.concatenate([{d_order}]){turned}}}',
    }
