"""Right implementations in the styles that people write: they overwrite, pop and add up, and do no harm."""

from __future__ import annotations

from planted_targets import correct

PLAIN = correct("plain")


def wrapped(forward: str = "", backward: str = "", before: str = "") -> str:
    """The right implementation, with lines of its own around both functions."""
    return f"""{PLAIN}
right_forward, right_backward = forward, backward
{before}

def forward(params, x, h0, c0):
    y, h, c, cache = right_forward(dict(params), x.copy(), h0.copy(), c0.copy())
    {forward}
    return y, h, c, cache

def backward(d_y, d_h, d_c, cache):
    gradients = right_backward(d_y, d_h, d_c, cache)
    {backward}
    return gradients
"""


def changed(protocol: str, *changes: tuple[str, str]) -> str:
    """The right implementation with some of its text replaced."""
    text = correct(protocol)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


SUMS = """
sums = {}

def added(name, gradient):
    sums[name] = sums.get(name, 0) + gradient
    return sums[name]
"""

CARELESS = {
    "dnext_c +=, in a step": (
        "cs231n-step",
        changed(
            "cs231n-step",
            (
                "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)",
                "dc = dnext_c; dc += dnext_h * o * (1 - tanh_c**2)",
            ),
        ),
        "lstm_step_backward changes its argument dnext_c",
    ),
    "dc_next +=, in columns": (
        "course-cell",
        changed("course-cell", ("dc = dc_next + da_next", "dc = dc_next; dc += da_next")),
        "lstm_cell_backward changes its argument dc_next",
    ),
    "dhn and dcn, written over": (
        "karpathy",
        changed("karpathy", ("dh = dh + dHout[t]", "dh += dHout[t]"), ("dc = dc + dh", "dc += dh")),
        "backward changes its argument dhn",
    ),
    "d_h and d_c, in the arrays that came in, returned": (
        "plain",
        changed(
            "plain",
            ("d_h = d_h + d_y[t]", "d_h += d_y[t]"),
            ("d_c = d_c + d_h * o", "d_c += d_h * o"),
            ("d_h = d_z @ U", "d_h[...] = d_z @ U"),
            ("d_c = carried(d_c, f)", "d_c *= f"),
        ),
        "backward returned its input d_h itself, as h0",
    ),
    "caches, popped": (
        "plain",
        changed(
            "plain",
            ("h_prev, c_prev, i, f, g, o, c = steps[t]", "h_prev, c_prev, i, f, g, o, c = steps.pop()"),
        ),
        "backward uses up its cache: on the same one again it gives zeros",
    ),
    "a cache of one step, popped": (
        "cs231n-step",
        changed(
            "cs231n-step",
            (
                "(x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)\n\n",
                "[(x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)]\n\n",
            ),
            ("g, next_c = cache", "g, next_c = cache.pop()"),
        ),
        "backward twice on one cache fails",
    ),
    "a layer that adds to its gradients": (
        "plain",
        wrapped(
            backward="for name in 'WUb': sums[name] = gradients[name] = sums.get(name, 0) + gradients[name]",
            before="sums = {}",
        ),
        "backward adds the gradients of W_l0, U_l0, b_l0 to those of earlier calls",
    ),
    "a step that adds to its gradients": (
        "cs231n-step",
        changed(
            "cs231n-step",
            (
                "return dx, dprev_h, dprev_c, dWx, dWh, db",
                "return dx, dprev_h, dprev_c, added(0, dWx), added(1, dWh), added(2, db)",
            ),
        )
        + SUMS,
        "backward adds the gradients of W_l0, U_l0, b_l0 to those of earlier calls",
    ),
    "a loss that adds to its gradients": (
        "loss",
        changed("loss", ('{"W": d_W, "U": d_U,', '{"W": added(0, d_W), "U": added(1, d_U),')) + SUMS,
        "backward adds the gradients of W_l0, U_l0 to those of earlier calls",
    ),
    "a cache that adds up": (
        "plain",
        wrapped("cache = cache, []", "sums.append(gradients['b']); gradients['b'] = sum(sums)").replace(
            "    gradients = right_backward", "    cache, sums = cache\n    gradients = right_backward"
        ),
        "backward adds the gradients of b_l0 to those of earlier calls",
    ),
    "x, written over by forward": ("plain", wrapped("x *= 2"), "forward changes its argument x"),
    "weights, written over by forward": (
        "plain",
        wrapped("params['W'][0] = 0").replace("dict(params)", "{n: a.copy() for n, a in params.items()}"),
        "forward changes its argument params['W']",
    ),
    "d_y, written over": ("plain", wrapped(backward="d_y[0] = 0"), "backward changes its argument d_y"),
    "x, written over by backward": (
        "plain",
        wrapped("kept.append(x)", "kept[-1][...] = 0", "kept = []"),
        "backward changes an argument of an earlier call, x",
    ),
}
"""Protocol, source, and what is said of it."""
STACK = changed(
    "plain",
    (
        "return np.stack(y), h, c, (params, x, steps)\n",
        "stack.append((params, x, steps))\n    return np.stack(y), h, c, None\n",
    ),
    ("params, x, steps = cache", "params, x, steps = stack.pop()"),
    ("def sigmoid", "stack = []\n\n\ndef sigmoid"),
)
"""Caches on a stack of its own: right as long as the calls take turns."""
