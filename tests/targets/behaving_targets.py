"""Right implementations that do something wrong where a check does not look, one place each."""

from __future__ import annotations

from typing import NamedTuple

from careless_targets import changed, wrapped
from network_targets import changed as network


class Misbehaving(NamedTuple):
    """A target whose gradients are right where they are checked, and a part of what is said of it."""

    protocol: str
    source: str
    told: str


NORM = """
total = np.sqrt(sum((gradients[n] ** 2).sum() for n in NAMES))
    for n in NAMES:
        gradients[n] = gradients[n] * min(1, LIMIT / total)
"""


LINEAR = {
    "carried gradients, by value": Misbehaving(
        "plain",
        changed(
            "plain",
            ("d_h = d_z @ U", "d_h = np.clip(d_z @ U, -8, 8)"),
            ("d_c = carried(d_c, f)", "d_c = np.clip(carried(d_c, f), -8, 8)"),
        ),
        "d_h and d_c are clipped on their way to the step before, by value, at 8",
    ),
    "one carried gradient, by norm": Misbehaving(
        "plain",
        changed(
            "plain", ("d_h = d_z @ U", "d_h = d_z @ U; d_h = d_h * min(1, 30 / np.sqrt((d_h**2).sum()))")
        ),
        "d_h is clipped on its way to the step before, by norm, at 30",
    ),
    "what arrives, in a step": Misbehaving(
        "cs231n-step",
        changed("cs231n-step", ("do = dnext_h", "dnext_h = np.clip(dnext_h, -12, 12); do = dnext_h")),
        "d_h is clipped where d_y is added to it, by value, at 12",
    ),
    "in the step of torch": Misbehaving(
        "torch",
        changed("torch", ("dim=1)\n        d_x =", "dim=1).clamp(-5, 5)\n        d_x =")),
        "d_z, the gradients of the pre-activations, are clipped within each step, by value, at 5",
    ),
    "returned, by value": Misbehaving(
        "karpathy",
        changed("karpathy", ("return dX, dWLSTM,", "return dX, np.clip(dWLSTM, -100, 100),")),
        "what it returns is clipped, by value, at 100: W_l0, U_l0, b_l0",
    ),
    "returned, by norm together": Misbehaving(
        "plain",
        wrapped(backward=NORM.strip().replace("NAMES", "'WUb'").replace("LIMIT", "75")),
        "what it returns is scaled down to a norm of 75 together: W_l0, U_l0, b_l0",
    ),
    "returned, by norm of each": Misbehaving(
        "plain",
        wrapped(
            backward="gradients |= {n: gradients[n] * min(1, 75 / np.sqrt((gradients[n]**2).sum()))"
            " for n in 'WUb'}"
        ),
        "what it returns is scaled down, each array to its norm, at 75: W_l0, U_l0, b_l0",
    ),
    "weight decay": Misbehaving(
        "plain",
        wrapped("cache = cache, params['W']", "gradients['W'] = gradients['W'] + 1e-8 * W").replace(
            "    gradients = right_backward", "    cache, W = cache\n    gradients = right_backward"
        ),
        "it adds what does not depend on the upstream (weight decay?): W_l0",
    ),
    "small gradients lost": Misbehaving(
        "plain",
        changed("plain", ("d_h = d_z @ U", "d_z = d_z * (abs(d_z) > 1e-6); d_h = d_z @ U")),
        "its gradients do not grow and shrink with the upstream: at a thousandth of the upstream W_l0",
    ),
    "what grows over all bounds": Misbehaving(
        "plain",
        wrapped(backward="if abs(d_y).max() > 100: raise OverflowError('exploding gradients')"),
        "at a thousand times the upstream it fails: backward raised OverflowError: exploding gradients",
    ),
}


SEPARATE = {
    "a bias gradient, squeezed": Misbehaving(
        "plain",
        changed("plain", ("d_b += d_z.sum(axis=0)", "d_b += d_z.squeeze().sum(axis=0)")),
        "sequences alone give other gradients than in the batch: b_l0",
    ),
    "axes guessed by their length": Misbehaving(
        "cs231n-sequence",
        changed(
            "cs231n-sequence",
            ("prev_h, prev_c = h0,", "x = x if len(x) > 1 else x[:, ::-1]; prev_h, prev_c = h0,"),
        ),
        "sequence 0 alone gives other outputs than in the batch: y, h_T (by up to",
    ),
    "a carry of one sequence": Misbehaving(
        "karpathy",
        changed("karpathy", ("dc = dc * f", "dc = dc * f * (1 if len(f) > 1 else f)")),
        "sequences alone give other gradients than in the batch: W_l0, U_l0, b_l0, x, h0, c0",
    ),
    "the first sequence for all": Misbehaving(
        "plain",
        changed("plain", ("    h, c = h0, c0", "    h, c = h0, c0 if len(c0) > 1 else 0 * c0")),
        "sequence 0 alone gives other outputs than in the batch: y, h_T, c_T (by up to",
    ),
}
ABSENT = {
    "d_c without d_h": Misbehaving(
        "plain",
        changed(
            "plain", ("params, x, steps = cache", "params, x, steps = cache; d_c = d_c * bool(d_h.any())")
        ),
        "of d_c alone other gradients come than its share of the whole: W_l0",
    ),
    "the last states without outputs": Misbehaving(
        "karpathy",
        changed(
            "karpathy",
            (
                "WLSTM, X, steps = cache",
                "WLSTM, X, steps = cache if dHout.any() else (*cache[:2], cache[2][:1])",
            ),
        ),
        "of d_h and d_c alone other gradients come than its share of the whole",
    ),
    "steps without a gradient of h": Misbehaving(
        "cs231n-step",
        changed("cs231n-step", ("dc = dnext_c +", "dnext_c = dnext_c * bool(dnext_h.any()); dc = dnext_c +")),
        "of d_c alone other gradients come than its share of the whole",
    ),
    "None for both states": Misbehaving(
        "karpathy",
        changed("karpathy", ("np.zeros_like(dHout[0]) if dcn is None else dcn", "dcn")),
        "with None for d_h and d_c it fails: backward raised TypeError",
    ),
    "None for the last cell state": Misbehaving(
        "karpathy",
        changed(
            "karpathy", ("np.zeros_like(dHout[0]) if dcn is None", "np.ones_like(dHout[0]) if dcn is None")
        ),
        "with None for d_h and d_c other gradients come than with zeros: W_l0, U_l0, b_l0, x, h0, c0",
    ),
    "None for what the signature says may be": Misbehaving(
        "plain",
        changed("plain", ("(d_y, d_h, d_c, cache)", "(d_y, d_h=None, d_c=None, cache=None)")),
        "with None for d_h and d_c it fails: backward raised TypeError",
    ),
    "None in a function of torch": Misbehaving(
        "torch",
        changed("torch", ("ctx.save_for", "ctx.set_materialize_grads(False)\n        ctx.save_for")),
        "it fails: its backward pass raised TypeError",
    ),
    "a norm of zero": Misbehaving(
        "plain",
        changed("plain", ("params, x, steps = cache", "params, x, steps = cache; 1 / float(abs(d_y).max())")),
        "with d_h alone it fails: backward raised ZeroDivisionError",
    ),
}
AGAIN = {
    "the first weights": Misbehaving(
        "plain",
        changed(
            "plain",
            ("def sigmoid", "first = []\n\n\ndef sigmoid"),
            ("params, x, steps = cache", "first.append(cache[0]); params, (x, steps) = first[0], cache[1:]"),
        ),
        "its backward pass goes on to use W and U of its first call",
    ),
    "the first recurrent weights": Misbehaving(
        "cs231n-sequence",
        changed(
            "cs231n-sequence",
            ("def sigmoid", "first = []\n\n\ndef sigmoid"),
            ("dprev_h = da @ Wh.T", "first.append(Wh); dprev_h = da @ first[0].T"),
        ),
        "at other weights its gradients are not theirs: its backward pass goes on to use U of its first call",
    ),
    "the first weights, under an own loss": Misbehaving(
        "loss",
        changed(
            "loss",
            ("def sigmoid", "first = []\n\n\ndef sigmoid"),
            ("d_h = d_z @ U", "first.append(U); d_h = d_z @ first[0]"),
        ),
        "at other weights its gradients are not theirs: ",
    ),
    "a copy of the first weights, in torch": Misbehaving(
        "torch",
        changed(
            "torch",
            (
                "d_h_prev = d_z @ weight_hh",
                'd_h_prev = d_z @ KEPT.setdefault("U", weight_hh.clone())',
            ),
            ("class Hand", "KEPT = {}\n\n\nclass Hand"),
        ),
        "at other weights its gradients are not theirs: its backward pass goes on to use U of its first call",
    ),
    "the first length": Misbehaving(
        "plain",
        changed(
            "plain",
            ("def sigmoid", "first = []\n\n\ndef sigmoid"),
            ("in reversed(range(len(steps)))", "in reversed(range(min(first[0], len(steps))))"),
            ("params, x, steps = cache", "params, x, steps = cache; first.append(len(x))"),
        ),
        "at T=5 B=3 its gradients are not the derivatives of its loss",
    ),
    "the largest batch so far": Misbehaving(
        "plain",
        wrapped(
            backward="largest.append(max(len(d_h), *largest)); gradients['b'] *= len(d_h) / largest[-1]",
            before="largest = [0, 0]",
        ),
        "after other sizes and weights the first give other numbers: b_l0",
    ),
    "other last digits": Misbehaving(
        "plain",
        wrapped("seen.add(x.shape); y = np.nextafter(y, 2) if len(seen) > 1 else y", before="seen = set()"),
        "after other sizes and weights the first give other last digits: y",
    ),
    "sizes of its own": Misbehaving(
        "karpathy",
        changed(
            "karpathy",
            ("d = WLSTM.shape[1] // 4", "d = WLSTM.shape[1] // 4; assert len(X) == 4, 'unrolled four times'"),
        ),
        "it cannot take T=3 B=1: forward raised AssertionError: unrolled four times",
    ),
}
DEEP = {
    "linear": [
        (
            network((", axis=1)\n        d_W +=", ", axis=1).clip(-3, 3)\n        d_W +=")),
            "d_z, the gradients of the pre-activations, are clipped within each step, by value, at 3",
        ),
        (
            network(("return sum(d_xs)", "return np.clip(sum(d_xs), -25, 25)")),
            "its gradients are linear up to ",
        ),
    ],
    "separate": [
        (
            network(
                (
                    "steps = np.zeros((len(x), *h.shape), h.dtype), []",
                    "steps = np.zeros((len(x), *h.shape), h.dtype), []\n    x = x + 1e-3 * x.mean(0)",
                )
            ),
            "other numbers in the padding of x change y, h_T, c_T (by up to",
        ),
        (
            network(
                (
                    "    d_W, d_U, d_b, d_x = np",
                    "    if d_h.shape[0] == 1:\n        d_c = 0 * d_c\n    d_W, d_U, d_b, d_x = np",
                )
            ),
            "sequences alone give other gradients than in the batch: W_l0, U_l0, b_l0, W_l0_reverse",
        ),
    ],
    "absent": [
        (
            network(
                ("    layers, caches = cache", "    layers, caches = cache\n    d_c = d_c * bool(d_y.any())")
            ),
            "of d_c alone other gradients come than its share of the whole: W_l0, U_l0, b_l0, W_l0_reverse",
        ),
    ],
    "again": [
        (
            network(
                ("def sigmoid", "first = {}\n\n\ndef sigmoid"),
                (
                    'params[f"{block}_{cell}"] for block in "WUb")',
                    'params[f"{block}_{cell}"] for block in "WUb")\n            first.setdefault(cell, U)',
                ),
                ("cell_backward(d_own,", "cell_backward(d_own * 1,"),
                ("caches.append(cache)", "caches.append((W, first[cell], *cache[2:]))"),
            ),
            "its backward pass goes on to use U of its first call",
        ),
    ],
}
"""Of a network of two layers, both directions and lengths: by what is asked, source and what is told."""
